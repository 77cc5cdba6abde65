import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { PublishForm } from './PublishForm.tsx'

interface PublishMessageProps {
  readonly appId: string
  readonly isOpen: boolean
  readonly close: () => void
}

/** Publishes one message by hand, as the operator's program would. */
export function PublishMessage({ appId, isOpen, close }: PublishMessageProps): ReactNode {
  const { t } = useTranslation(['messages', 'common'])
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={t('publish.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <PublishForm appId={appId} close={close} />
    </Modal>
  )
}
