import type { ReactNode } from 'react'

interface ReplaysProps {
  readonly appId: string
  readonly endpointId: string
}

export function Replays(_props: ReplaysProps): ReactNode {
  return null
}
