import type { ReactNode } from 'react'
import type { Tone } from './Tag.tsx'

/** The color of a line or bar, beside its name. */
export function Swatch({ tone }: { readonly tone: Tone }): ReactNode {
  return <span className="swatch" data-tone={tone} aria-hidden />
}
