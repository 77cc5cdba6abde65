import { Button, Group, Modal, type ModalProps, Stack } from '@mantine/core'
import type { UseFormReturnType } from '@mantine/form'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Failure } from '../../parts/Failure.tsx'
import { useFieldErrors } from '../../parts/field-errors.ts'

interface FormDialogProps<Values extends Record<string, unknown>> {
  readonly title: string
  readonly submit: string
  readonly isOpen: boolean
  readonly close: () => void
  readonly form: UseFormReturnType<Values>
  readonly action: {
    readonly error: Error | null
    readonly isPending: boolean
    readonly mutate: (values: Values) => void
  }
  readonly size?: ModalProps['size']
  readonly children: ReactNode
}

/** A form in a dialog, with what the server says of it. */
export function FormDialog<Values extends Record<string, unknown>>({
  title,
  submit,
  isOpen,
  close,
  form,
  action,
  size = 'md',
  children,
}: FormDialogProps<Values>): ReactNode {
  const { t } = useTranslation()
  const others = useFieldErrors(form, action.error)
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={title}
      size={size}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form onSubmit={form.onSubmit((values) => action.mutate(values))}>
        <Stack>
          {children}
          {others !== null && <Failure error={others} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('cancel')}
            </Button>
            <Button type="submit" loading={action.isPending}>
              {submit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
