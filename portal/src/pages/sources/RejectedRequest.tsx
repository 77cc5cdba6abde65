import { Drawer, Stack, Table, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schemas } from '../../api/client.ts'
import { Instant } from '../../parts/Instant.tsx'
import { Facts } from '../../parts/Facts.tsx'
import { Payload } from '../../parts/Payload.tsx'

interface RejectedRequestProps {
  readonly request: Schemas['IngestLogOut'] | null
  readonly close: () => void
}

/** A request as it came. */
export function RejectedRequest({ request, close }: RejectedRequestProps): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  return (
    <Drawer
      opened={request !== null}
      onClose={close}
      title={t('rejected.one')}
      position="right"
      size="lg"
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      {request !== null && <Content request={request} />}
    </Drawer>
  )
}

function Content({ request }: { readonly request: Schemas['IngestLogOut'] }): ReactNode {
  const { t } = useTranslation(['sources', 'common'])
  const { created_at, status_code, error_code, error_text, payload } = request
  const headers = Object.entries(request.headers)
  const contentType = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  return (
    <Stack gap="lg">
      <Facts
        facts={[
          { name: t('rejected.when'), value: <Instant at={created_at} isExact /> },
          { name: t('rejected.answer'), value: `${status_code} ${error_code}` },
          { name: t('rejected.detail'), value: error_text },
        ]}
      />
      <Stack gap="xs">
        <Title order={3} size="h5">
          {t('rejected.headers')}
        </Title>
        {headers.length === 0 ? (
          <Text c="dimmed" size="sm">
            {t('rejected.noHeaders')}
          </Text>
        ) : (
          <Table variant="vertical" fz="xs" ff="monospace" layout="fixed">
            <Table.Tbody>
              {headers.map(([name, value]) => (
                <Table.Tr key={name}>
                  <Table.Th w="40%" style={{ overflowWrap: 'anywhere' }}>
                    {name}
                  </Table.Th>
                  <Table.Td style={{ overflowWrap: 'anywhere' }}>{value}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
      <Stack gap="xs">
        <Title order={3} size="h5">
          {t('rejected.body')}
        </Title>
        {payload === '' ? (
          <Text c="dimmed" size="sm">
            {t('rejected.noBody')}
          </Text>
        ) : (
          <Payload text={payload} contentType={contentType} label={t('rejected.body')} />
        )}
      </Stack>
    </Stack>
  )
}
