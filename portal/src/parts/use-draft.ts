import { useState } from 'react'

/** What is typed over a value, until the value itself becomes another one. */
export function useDraft(value: string): readonly [text: string, type: (text: string) => void] {
  const [draft, setDraft] = useState({ of: value, text: value })
  return [draft.of === value ? draft.text : value, (text) => setDraft({ of: value, text })]
}
