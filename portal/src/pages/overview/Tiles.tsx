import { SimpleGrid } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { durationWords } from '../../lib/time.ts'
import type { Summary } from './summary.ts'
import { Tile } from './Tile.tsx'

const failingIsBadFrom = 0.05

/** The period in figures. */
export function Tiles({ summary }: { readonly summary: Summary }): ReactNode {
  const { t, i18n } = useTranslation('overview')
  const { messages, deliveries, delivered, exhausted, failing, latency, pending } = summary
  const count = (value: number): string => value.toLocaleString(i18n.language)
  const share = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 })
  return (
    <SimpleGrid
      component="ul"
      className="plain-list"
      cols={{ base: 2, sm: 3 }}
      spacing="sm"
      aria-label={t('figures')}
    >
      <Tile
        title={t('messages')}
        value={count(messages)}
        help={t('messagesHelp', { deliveries: count(deliveries) })}
      />
      <Tile title={t('delivered')} value={count(delivered)} help={t('deliveredHelp')} />
      <Tile
        title={t('latency')}
        value={latency === null ? '–' : durationWords(latency.p50, i18n.language)}
        help={
          latency === null
            ? t('latencyNone')
            : t('latencyHelp', { p99: durationWords(latency.p99, i18n.language) })
        }
      />
      <Tile
        title={t('failing')}
        value={failing === null ? '–' : share.format(failing)}
        help={t('failingHelp')}
        isBad={failing !== null && failing >= failingIsBadFrom}
      />
      <Tile title={t('gaveUp')} value={count(exhausted)} help={t('gaveUpHelp')} isBad={exhausted > 0} />
      <Tile title={t('waiting')} value={pending === null ? '–' : count(pending)} help={t('waitingHelp')} />
    </SimpleGrid>
  )
}
