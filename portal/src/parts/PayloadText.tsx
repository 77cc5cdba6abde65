import { memo, type ReactNode } from 'react'
import type { TextPart } from '../lib/hidden-characters.ts'
import type { PayloadPiece } from '../lib/payload-pieces.ts'

interface PayloadTextProps {
  readonly pieces: readonly PayloadPiece[]
  readonly wraps: boolean
}

/** Pieces never move: their place tells them apart. */
export const PayloadText = memo(function PayloadText({ pieces, wraps }: PayloadTextProps): ReactNode {
  return (
    // What scrolls can be reached by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre className="payload-text" data-wraps={wraps || undefined} tabIndex={0}>
      {pieces.map(({ kind, parts }, at) =>
        kind === 'plain' ? (
          <Visible key={at} parts={parts} />
        ) : (
          <span key={at} className={`json-${kind}`}>
            <Visible parts={parts} />
          </span>
        ),
      )}
    </pre>
  )
})

/** A text in which a box with its code stands for each character that cannot be seen. */
export function Visible({ parts }: { readonly parts: readonly TextPart[] }): ReactNode {
  return parts.map(({ text, code }, at) =>
    code === null ? (
      text
    ) : (
      <span key={at} className="hidden-character">
        {code}
      </span>
    ),
  )
}
