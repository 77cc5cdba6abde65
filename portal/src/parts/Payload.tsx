import { Code } from '@mantine/core'
import type { ReactNode } from 'react'

interface PayloadProps {
  /** Exactly as it was published or answered. */
  readonly text: string
  readonly contentType: string
  /** What it is, for screen readers. */
  readonly label: string
}

/** A body as text, never as HTML. */
export function Payload({ text, label }: PayloadProps): ReactNode {
  return (
    <Code block aria-label={label}>
      {text}
    </Code>
  )
}
