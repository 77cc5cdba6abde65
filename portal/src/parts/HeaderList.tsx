import { Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { partsOf } from '../lib/hidden-characters.ts'
import { Visible } from './PayloadText.tsx'

interface HeaderListProps {
  /** What they are, for screen readers. */
  readonly label: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** Names whose values nobody is shown. */
  readonly hidden?: readonly string[]
  /** How many more there were. */
  readonly omitted: number
}

/** Headers of a request or of an answer, as text. */
export function HeaderList({ label, headers, hidden = [], omitted }: HeaderListProps): ReactNode {
  const { t } = useTranslation(['payload', 'common'])
  if (headers.length === 0 && hidden.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('attempt.noHeaders')}
      </Text>
    )
  }
  return (
    <>
      <dl className="header-list" aria-label={label}>
        {headers.map(([name, value], at) => (
          <div key={at}>
            <dt>
              <Visible parts={partsOf(name)} />
            </dt>
            <dd>
              <Visible parts={partsOf(value)} />
            </dd>
          </div>
        ))}
        {hidden.map((name) => (
          <div key={`hidden ${name}`}>
            <dt>{name}</dt>
            <dd data-hidden>{t('attempt.hidden')}</dd>
          </div>
        ))}
      </dl>
      {omitted > 0 && (
        <Text size="sm" c="dimmed">
          {t('attempt.omitted', { count: omitted })}
        </Text>
      )}
    </>
  )
}
