import { TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { localInstant } from '../lib/local-instant.ts'
import { useDraft } from './use-draft.ts'

interface InstantInputProps {
  readonly label: string
  /** ISO 8601. */
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
  readonly error?: ReactNode
}

/** While its digits are typed a year is one of antiquity. */
const whole = /^[2-9]\d{3}-/

/** An instant to the minute, chosen as the viewer's clock shows it. */
export function InstantInput({ label, value, onChange, error }: InstantInputProps): ReactNode {
  const given = value === undefined ? '' : localInstant(Date.parse(value))
  const [text, setText] = useDraft(given)
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={text}
      error={error}
      max="9999-12-31T23:59"
      onChange={(event) => {
        const next = event.currentTarget.value
        setText(next)
        if (next === '') onChange(undefined)
        else if (whole.test(next)) onChange(new Date(next).toISOString())
      }}
    />
  )
}
