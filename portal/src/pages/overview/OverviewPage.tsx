import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Loaded } from '../../parts/Loaded.tsx'
import { Page } from '../../parts/Page.tsx'
import { FirstSteps } from './FirstSteps.tsx'
import { useIsNewQuery } from './overview-queries.ts'
import { ranges } from './range.ts'
import { Traffic } from './Traffic.tsx'
import { WorstEndpoints } from './WorstEndpoints.tsx'

/** The first page of an operator: whether all is well, and where to look if not. */
export function OverviewPage(): ReactNode {
  const { t } = useTranslation('overview')
  const { range = '1h' } = useSearch({ from: '/' })
  const navigate = useNavigate()
  const isNew = useQuery(useIsNewQuery())
  const choice = (
    <SegmentedControl
      aria-label={t('range')}
      value={range}
      onChange={(value) => void navigate({ to: '/', search: { range: value }, replace: true })}
      data={ranges.map((value) => ({ value, label: t(`ranges.${value}`) }))}
    />
  )
  return (
    <Page title={t('title')} description={t('about')} actions={isNew.data === false ? choice : undefined}>
      <Loaded query={isNew}>
        {(hasNothing) =>
          hasNothing ? (
            <FirstSteps />
          ) : (
            <>
              <Traffic range={range} />
              <WorstEndpoints range={range} />
            </>
          )
        }
      </Loaded>
    </Page>
  )
}
