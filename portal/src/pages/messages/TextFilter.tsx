import { TextInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useDraft } from '../../parts/use-draft.ts'

interface TextFilterProps {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
}

const maxLength = 128

/** Takes effect with Enter or as it is left: not with every letter. */
export function TextFilter({ label, value = '', onChange }: TextFilterProps): ReactNode {
  const [text, setText] = useDraft(value)
  const apply = (): void => {
    const next = text.trim()
    if (next !== value) onChange(next === '' ? undefined : next)
  }
  return (
    <TextInput
      label={label}
      value={text}
      maxLength={maxLength}
      autoComplete="off"
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={apply}
      onKeyDown={(event) => {
        if (event.key === 'Enter') apply()
      }}
    />
  )
}
