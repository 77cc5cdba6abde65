import { Alert } from '@mantine/core'
import { Eye } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../session/SessionContext.tsx'

/** Tells those who may look and nothing else that this is so; nothing for others. */
export function ReadOnlyNote(): ReactNode {
  const { t } = useTranslation()
  const { face, capabilities } = useSession()
  if (face === 'operator' || [...capabilities].some((each) => each !== 'ViewBase')) return null
  return (
    <Alert color="gray" variant="light" icon={<Eye aria-hidden />} role="note">
      {t('readOnly')}
    </Alert>
  )
}
