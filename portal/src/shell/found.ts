import type { SpotlightActionGroupData } from '@mantine/spotlight'
import type { TFunction } from 'i18next'

/** What the server finds, as rows of the command menu. */
export function foundGroups(
  _found: unknown,
  _t: TFunction<['shell', 'common']>,
  _go: (to: string) => () => void,
): readonly SpotlightActionGroupData[] {
  return []
}
