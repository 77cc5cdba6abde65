import './json.css'
import { ActionIcon, Button, Group, Paper, SegmentedControl, Text, Tooltip } from '@mantine/core'
import { Download, WrapText } from 'lucide-react'
import { type ReactNode, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isJsonStructure } from '../lib/json-layout.ts'
import { viewOf } from '../lib/payload-pieces.ts'
import { sizeWords } from '../lib/sizes.ts'
import { CopyIcon } from './Copyable.tsx'
import { type BodyEncoding, saveBody } from './save-body.ts'
import { PayloadText } from './PayloadText.tsx'

interface PayloadProps {
  /** Exactly as it was published or answered. */
  readonly text: string
  readonly contentType: string
  /** What it is, for screen readers and for the name of the file. */
  readonly label: string
  /** `base64`: the bytes are no text, and this stands for them. */
  readonly encoding?: BodyEncoding
}

/** So much is shown at once: a browser takes its time over very long lines. */
const stepLength = 64_000

/** A body as text, never as HTML. What cannot be seen in it is marked; copies and files have the text itself. */
export function Payload({ text, contentType, label, encoding = 'utf8' }: PayloadProps): ReactNode {
  const { t, i18n } = useTranslation(['payload', 'common'])
  const isJson = isJsonStructure(text)
  const [isIndented, setIndented] = useState(true)
  const [wraps, setWraps] = useState(true)
  const [limit, setLimit] = useState(stepLength)
  const view = useMemo(() => viewOf(text, isIndented, limit), [text, isIndented, limit])
  const size = useMemo(() => new Blob([text]).size, [text])
  if (text === '') {
    return (
      <Text c="dimmed" size="sm">
        {t('empty')}
      </Text>
    )
  }
  return (
    <Paper withBorder role="group" aria-label={label} style={{ overflow: 'hidden' }}>
      <Group justify="space-between" gap="xs" px="sm" py={6} className="payload-bar">
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {[contentType, sizeWords(size, i18n.language)].filter((each) => each !== '').join(' · ')}
          {encoding === 'base64' && ` · ${t('base64')}`}
        </Text>
        <Group gap={4}>
          {isJson && (
            <SegmentedControl
              size="xs"
              value={isIndented ? 'indented' : 'asSent'}
              onChange={(value) => setIndented(value === 'indented')}
              aria-label={t('layout')}
              data={[
                { value: 'indented', label: t('indented') },
                { value: 'asSent', label: t('asSent') },
              ]}
            />
          )}
          <Tooltip label={t('wrap')} withArrow>
            <ActionIcon
              variant={wraps ? 'light' : 'subtle'}
              color="gray"
              size="sm"
              aria-label={t('wrap')}
              aria-pressed={wraps}
              onClick={() => setWraps(!wraps)}
            >
              <WrapText size={14} aria-hidden />
            </ActionIcon>
          </Tooltip>
          <CopyIcon text={text} what={label} />
          <Tooltip label={t('download')} withArrow>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={t('downloadOf', { what: label })}
              onClick={() => saveBody({ text, contentType, encoding, name: label })}
            >
              <Download size={14} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      <PayloadText pieces={view.pieces} wraps={wraps} />
      {view.isCut && (
        <Group gap="sm" px="sm" py="xs" className="payload-bar">
          <Text size="sm">{t('cut', { shown: sizeWords(limit, i18n.language) })}</Text>
          <Button size="xs" variant="default" onClick={() => setLimit(limit + stepLength)}>
            {t('more')}
          </Button>
        </Group>
      )}
    </Paper>
  )
}
