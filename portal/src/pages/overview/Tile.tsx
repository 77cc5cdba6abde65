import { Paper, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface TileProps {
  readonly title: string
  readonly value: string
  readonly help: string
  /** Something that should not be. */
  readonly isBad?: boolean
}

/** One figure, with what it counts. */
export function Tile({ title, value, help, isBad = false }: TileProps): ReactNode {
  return (
    <Paper withBorder p="md" component="li">
      <Text size="sm" c="dimmed">
        {title}
      </Text>
      <Text className="tile-value" data-bad={isBad || undefined} fw={700} fz={26} lh={1.3}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {help}
      </Text>
    </Paper>
  )
}
