import { Anchor, Box, Group, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { type ReactNode, useEffect } from 'react'
import { useTranslation } from 'react-i18next'

interface PageProps {
  readonly title: ReactNode
  /** For the browser's tab, where the title is no plain text. */
  readonly name?: string
  readonly description?: ReactNode
  /** The page above. */
  readonly back?: { readonly to: string; readonly label: string }
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page's heading and what stands below it. */
export function Page({ title, name, description, back, actions, children }: PageProps): ReactNode {
  const { t } = useTranslation()
  const words = name ?? (typeof title === 'string' ? title : '')
  useEffect(() => {
    document.title = words === '' ? t('product') : `${words} · ${t('product')}`
  }, [words, t])
  return (
    <Stack gap="lg">
      <Box>
        {back !== undefined && (
          <Anchor component={Link} to={back.to} size="sm" c="dimmed" display="inline-flex" mb={4}>
            <ChevronLeft size={16} aria-hidden style={{ alignSelf: 'center' }} />
            {back.label}
          </Anchor>
        )}
        <Group justify="space-between" align="flex-start" gap="sm">
          <Box miw={0} flex="1 1 16rem">
            <Title order={1} size="h2" style={{ overflowWrap: 'anywhere' }}>
              {title}
            </Title>
            {description !== undefined && (
              <Text component="div" c="dimmed" mt={4} maw="72ch">
                {description}
              </Text>
            )}
          </Box>
          {actions !== undefined && <Group gap="xs">{actions}</Group>}
        </Group>
      </Box>
      {children}
    </Stack>
  )
}
