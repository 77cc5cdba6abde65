import type { ReactNode } from 'react'

interface EventTypePickerProps {
  /** Names of event types; none stands for all. */
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
}

/** Event types as a tree that can be searched. */
export function EventTypePicker(_props: EventTypePickerProps): ReactNode {
  return null
}
