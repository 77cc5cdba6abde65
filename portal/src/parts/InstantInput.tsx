import { TextInput } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { localInstant } from '../lib/local-instant.ts'

interface InstantInputProps {
  readonly label: string
  /** ISO 8601. */
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
}

/** An instant to the minute, chosen as the viewer's clock shows it. */
export function InstantInput({ label, value, onChange }: InstantInputProps): ReactNode {
  const given = value === undefined ? '' : localInstant(Date.parse(value))
  const [text, setText] = useState(given)
  useEffect(() => setText(given), [given])
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={text}
      max="9999-12-31T23:59"
      onChange={(event) => {
        const next = event.currentTarget.value
        setText(next)
        const instant = new Date(next)
        onChange(Number.isNaN(instant.getTime()) ? undefined : instant.toISOString())
      }}
    />
  )
}
