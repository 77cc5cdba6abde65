import { Center, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface EmptyProps {
  readonly title: string
  /** What to do about it. */
  readonly help?: ReactNode
  readonly action?: ReactNode
}

export function Empty({ title, help, action }: EmptyProps): ReactNode {
  return (
    <Center p="xl">
      <Stack align="center" gap="xs" maw={420}>
        <Text fw={600} ta="center">
          {title}
        </Text>
        {help !== undefined && (
          <Text component="div" c="dimmed" size="sm" ta="center">
            {help}
          </Text>
        )}
        {action}
      </Stack>
    </Center>
  )
}
