import { Input } from '@mantine/core'
import { lazy, type ReactNode, Suspense } from 'react'
import { Loading } from './Loaded.tsx'

const CodeEditor = lazy(async () => ({ default: (await import('./CodeEditor.tsx')).CodeEditor }))

export interface JsonEditorProps {
  /** The text as it stands, which may be no JSON while it is written. */
  readonly value: string
  readonly onChange: (value: string) => void
  readonly label: string
  readonly description?: ReactNode
  /** What the server says of it. */
  readonly error?: ReactNode
  readonly readOnly?: boolean
  /** In pixels. */
  readonly minHeight?: number
}

/** Edits JSON as text: nothing is parsed and written again, so that numbers and the order of keys stay. */
export function JsonEditor({
  label,
  description,
  error,
  minHeight = 160,
  ...editor
}: JsonEditorProps): ReactNode {
  return (
    <Input.Wrapper
      label={label}
      description={description}
      descriptionProps={{ mb: 'calc(var(--mantine-spacing-xs) / 2)' }}
      error={error}
      errorProps={{ mt: 'calc(var(--mantine-spacing-xs) / 2)' }}
      labelElement="div"
    >
      <Suspense fallback={<Loading />}>
        <CodeEditor {...editor} label={label} minHeight={minHeight} isInvalid={error != null} />
      </Suspense>
    </Input.Wrapper>
  )
}
