import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { json, jsonParseLinter } from '@codemirror/lang-json'
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { linter, lintGutter, lintKeymap } from '@codemirror/lint'
import { EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, highlightSpecialChars, keymap, lineNumbers } from '@codemirror/view'
import { styleNonce } from '../lib/settings.ts'

interface JsonEditing {
  /** For screen readers. */
  readonly label: string
  readonly readOnly: boolean
  /** In pixels. */
  readonly minHeight: number
  /** What is said at a place that is no JSON. */
  readonly problem: string
}

const classes: Readonly<Record<string, string>> = {
  propertyName: 'json-name',
  string: 'json-string',
  number: 'json-number',
  bool: 'json-word',
  null: 'json-word',
}

/** By the names of the tags, so that the colours of the style sheet hold here, too. */
const colors = syntaxHighlighting({
  style: (tags) => tags.map((tag) => classes[tag.toString()]).find((each) => each !== undefined) ?? null,
})

/** All that makes a text editor one for JSON. Tab leaves it: nobody is caught inside. */
export function jsonEditing({ label, readOnly, minHeight, problem }: JsonEditing): Extension {
  const findProblems = jsonParseLinter()
  return [
    EditorView.cspNonce.of(styleNonce),
    EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': String(readOnly) }),
    EditorState.readOnly.of(readOnly),
    EditorState.tabSize.of(2),
    EditorView.lineWrapping,
    lineNumbers(),
    drawSelection(),
    highlightSpecialChars(),
    history(),
    json(),
    indentOnInput(),
    bracketMatching(),
    colors,
    lintGutter(),
    linter((view) =>
      view.state.doc.toString().trim() === ''
        ? []
        : findProblems(view).map((each) => ({ ...each, message: `${problem} ${each.message}` })),
    ),
    keymap.of([...defaultKeymap, ...historyKeymap, ...lintKeymap]),
    look(minHeight),
  ]
}

function look(minHeight: number): Extension {
  return EditorView.theme({
    '&': {
      border: '1px solid var(--mantine-color-default-border)',
      borderRadius: 'var(--mantine-radius-md)',
      backgroundColor: 'var(--mantine-color-default)',
      fontSize: 'var(--mantine-font-size-sm)',
      overflow: 'hidden',
    },
    '&.cm-focused': { outline: '2px solid var(--mantine-primary-color-filled)' },
    '.cm-scroller': {
      fontFamily: 'var(--mantine-font-family-monospace)',
      minHeight: `${minHeight}px`,
      maxHeight: '32rem',
      lineHeight: '1.6',
    },
    '.cm-content': { caretColor: 'var(--mantine-color-text)' },
    '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
    '.cm-gutters': {
      backgroundColor: 'transparent',
      color: 'var(--mantine-color-dimmed)',
      border: 'none',
    },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
      backgroundColor: 'var(--mantine-primary-color-light-hover) !important',
    },
    '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--mantine-primary-color-light)' },
    '.cm-tooltip': {
      backgroundColor: 'var(--mantine-color-body)',
      color: 'var(--mantine-color-text)',
      border: '1px solid var(--mantine-color-default-border)',
    },
  })
}
