import { Badge } from '@mantine/core'
import type { ReactNode } from 'react'

export type Tone = 'good' | 'bad' | 'waiting' | 'neutral' | 'info'

const colors: Readonly<Record<Tone, string>> = {
  good: 'teal',
  bad: 'red',
  waiting: 'orange',
  neutral: 'gray',
  info: 'blue',
}

/** A state in a word. The word says it, the color only repeats it. */
export function Tag({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactNode {
  return (
    <Badge
      className="tag"
      data-tone={tone}
      color={colors[tone]}
      variant="light"
      tt="none"
      radius="sm"
      fw={600}
    >
      {children}
    </Badge>
  )
}
