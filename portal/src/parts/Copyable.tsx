import { ActionIcon, Code, CopyButton, Group } from '@mantine/core'
import { Check, Copy } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface CopyableProps {
  readonly text: string
  /** What it is, for the button's name. */
  readonly what: string
  /** Shown instead of the text, which is copied all the same. */
  readonly shown?: string
}

/** An id or a secret, with a button that copies it. */
export function Copyable({ text, what, shown = text }: CopyableProps): ReactNode {
  return (
    <Group gap={4} wrap="nowrap" miw={0} display="inline-flex">
      <Code style={{ overflowWrap: 'anywhere' }}>{shown}</Code>
      <CopyIcon text={text} what={what} />
    </Group>
  )
}

export function CopyIcon({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  const { t } = useTranslation()
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <ActionIcon
          variant="subtle"
          color={copied ? 'teal' : 'gray'}
          size="sm"
          onClick={copy}
          // The browser's own hint: long lists have hundreds of these.
          title={copied ? t('copied') : t('copy')}
          aria-label={copied ? t('copied') : t('copyOf', { what })}
        >
          {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
        </ActionIcon>
      )}
    </CopyButton>
  )
}
