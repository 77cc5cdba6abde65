import type { Tone } from '../../parts/Tag.tsx'

/** What an endpoint does, in a word: keys of the catalogue `endpoints.state`. */
export type EndpointState = 'active' | 'failing' | 'off' | 'gaveUp' | 'gone'

interface Shown {
  readonly disabled?: boolean
  readonly disabledReason?: 'operator' | 'failing' | 'gone' | null
  readonly failingSince?: string | null
}

export function stateOf({
  disabled = false,
  disabledReason = null,
  failingSince = null,
}: Shown): EndpointState {
  if (disabledReason === 'failing') return 'gaveUp'
  if (disabledReason === 'gone') return 'gone'
  if (disabled) return 'off'
  return failingSince === null ? 'active' : 'failing'
}

export const toneOfState: Readonly<Record<EndpointState, Tone>> = {
  active: 'good',
  failing: 'waiting',
  off: 'neutral',
  gaveUp: 'bad',
  gone: 'bad',
}
