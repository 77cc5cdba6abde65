import { Box, Text } from '@mantine/core'
import { useIntersection } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type EndpointIds, useStatsQuery } from './endpoint-queries.ts'

/** Which share of the attempts of the last 24 hours succeeded; asked for once the row is in sight. */
export function SuccessShare(ids: EndpointIds): ReactNode {
  const { t, i18n } = useTranslation(['endpoints', 'common'])
  const [wasSeen, setWasSeen] = useState(false)
  const { ref, entry } = useIntersection<HTMLDivElement>()
  if (entry?.isIntersecting === true && !wasSeen) setWasSeen(true)
  const { data } = useQuery({ ...useStatsQuery(ids, 24), enabled: wasSeen })
  const done = data === undefined ? 0 : data.success + data.fail
  const share = data === undefined || done === 0 ? null : data.success / done
  return (
    <Box ref={ref} mih={20}>
      {data !== undefined && (
        <Text
          size="sm"
          {...(share === null ? { c: 'dimmed' } : {})}
          style={{ fontVariantNumeric: 'tabular-nums' }}
        >
          {share === null
            ? t('list.nothingSent')
            : t('list.share', { share: percent(share, i18n.language), count: done })}
        </Text>
      )}
    </Box>
  )
}

/** A share below all is never rounded up to all. */
function percent(share: number, language: string): string {
  const format = new Intl.NumberFormat(language, {
    style: 'percent',
    maximumFractionDigits: 1,
    roundingMode: 'floor',
  })
  return format.format(share)
}
