import { Text } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { useErrorWords } from './error-words.ts'

interface ActionOptions<Input, Result> {
  readonly run: (input: Input) => Promise<Result>
  /** Told when it has worked; nothing where the page shows it by itself. */
  readonly done?: string
  /** Query keys whose answers it makes old. */
  readonly changes?: readonly (readonly unknown[])[]
  readonly onDone?: (result: Result, input: Input) => void
  /** The page shows errors itself. */
  readonly isQuiet?: boolean
}

/** Something that changes the server, with its success and its failure told. */
export function useAction<Input = void, Result = unknown>({
  run,
  done,
  changes = [],
  onDone,
  isQuiet = false,
}: ActionOptions<Input, Result>): UseMutationResult<Result, Error, Input> {
  const queries = useQueryClient()
  const { t } = useTranslation()
  const wordsOf = useErrorWords()
  return useMutation({
    mutationFn: run,
    async onSuccess(result, input) {
      await Promise.all(changes.map((queryKey) => queries.invalidateQueries({ queryKey })))
      if (done !== undefined) {
        notifications.show({ message: done, color: 'teal', closeButtonProps: { 'aria-label': t('close') } })
      }
      onDone?.(result, input)
    },
    onError(error) {
      if (isQuiet) return
      const { advice, detail } = wordsOf(error)
      notifications.show({
        title: t('error.title'),
        message: detail === '' ? advice : `${advice} ${detail}`,
        color: 'red',
        autoClose: 10_000,
        closeButtonProps: { 'aria-label': t('close') },
      })
    },
  })
}

interface Question {
  readonly title: string
  readonly text: string
  /** What the button that does it says. */
  readonly does: string
  readonly isDangerous?: boolean
}

/** Asks before something that cannot be taken back. */
export function useConfirm(): (question: Question, act: () => void) => void {
  const { t } = useTranslation()
  return ({ title, text, does, isDangerous = false }, act) => {
    modals.openConfirmModal({
      title,
      children: <Text size="sm">{text}</Text>,
      labels: { confirm: does, cancel: t('cancel') },
      ...(isDangerous ? { confirmProps: { color: 'red.9' } } : {}),
      closeButtonProps: { 'aria-label': t('close') },
      onConfirm: act,
    })
  }
}
