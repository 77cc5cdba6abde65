import { Box } from '@mantine/core'
import type { ReactNode } from 'react'
import { CopyIcon } from './Copyable.tsx'

interface SnippetProps {
  readonly text: string
  /** What it is, for screen readers and the button that copies it. */
  readonly what: string
  /** Shown instead of the text, which is copied all the same. */
  readonly shown?: string
}

/** A few lines to copy: a command, or a piece of a page. */
export function Snippet({ text, what, shown = text }: SnippetProps): ReactNode {
  return (
    <Box className="snippet">
      <Box component="pre" tabIndex={0} role="region" aria-label={what}>
        {shown}
      </Box>
      <CopyIcon text={text} what={what} />
    </Box>
  )
}
