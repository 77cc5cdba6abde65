import type { ReactNode } from 'react'

interface SendExampleProps {
  readonly appId: string
  readonly endpointId: string
}

export function SendExample(_props: SendExampleProps): ReactNode {
  return null
}
