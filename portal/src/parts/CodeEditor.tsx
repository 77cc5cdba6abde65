import './json.css'
import { Box } from '@mantine/core'
import { Compartment } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { jsonEditing } from './json-editing.ts'

interface CodeEditorProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly label: string
  readonly readOnly?: boolean
  readonly minHeight: number
  readonly isInvalid: boolean
}

/** The editor itself, which is loaded when it is first needed. */
export function CodeEditor({
  value,
  onChange,
  label,
  readOnly = false,
  minHeight,
  isInvalid,
}: CodeEditorProps): ReactNode {
  const { t } = useTranslation('payload')
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const hear = useRef(onChange)
  useEffect(() => {
    hear.current = onChange
  }, [onChange])
  const [settings] = useState(() => new Compartment())
  const given = jsonEditing({ label, readOnly, minHeight, problem: t('invalid') })

  useEffect(() => {
    const editor = new EditorView({
      doc: value,
      extensions: [
        settings.of(given),
        EditorView.updateListener.of(({ docChanged, state }) => {
          if (docChanged) hear.current(state.doc.toString())
        }),
      ],
      ...(place.current === null ? {} : { parent: place.current }),
    })
    view.current = editor
    return () => editor.destroy()
    // Made once; what changes later is told to it below.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])

  useEffect(() => {
    view.current?.dispatch({ effects: settings.reconfigure(given) })
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [label, readOnly, minHeight, t])

  useEffect(() => {
    const state = view.current?.state
    if (state === undefined || state.doc.toString() === value) return
    view.current?.dispatch({ changes: { from: 0, to: state.doc.length, insert: value } })
  }, [value])

  return <Box ref={place} className="json-editor" data-invalid={isInvalid || undefined} />
}
