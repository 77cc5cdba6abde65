import { Box, Code } from '@mantine/core'
import type { ReactNode } from 'react'
import { CopyIcon } from './Copyable.tsx'

interface SnippetProps {
  readonly text: string
  /** What it is, for screen readers and the button that copies it. */
  readonly what: string
}

/** A few lines to copy: a command, or a piece of a page. */
export function Snippet({ text, what }: SnippetProps): ReactNode {
  return (
    <Box pos="relative">
      <Code block tabIndex={0} role="region" aria-label={what} pr={40}>
        {text}
      </Code>
      <Box pos="absolute" top={8} right={8}>
        <CopyIcon text={text} what={what} />
      </Box>
    </Box>
  )
}
