import type { ReactNode } from 'react'

interface VerifyPanelProps {
  readonly appId: string
  readonly endpointId: string
  /** Null where it is not shown. */
  readonly secret: string | null
}

export function VerifyPanel(_props: VerifyPanelProps): ReactNode {
  return null
}
