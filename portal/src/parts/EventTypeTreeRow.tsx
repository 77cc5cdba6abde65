import { ChevronDown, ChevronRight, Square, SquareCheck, SquareMinus } from 'lucide-react'
import { memo, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { EventType } from '../api/event-types.ts'
import type { Choice, TreeRow } from '../lib/event-type-tree.ts'
import classes from './event-type-tree.module.css'
import { Tag } from './Tag.tsx'

interface EventTypeTreeRowProps extends Pick<TreeRow<EventType>, 'node' | 'level' | 'position' | 'siblings'> {
  readonly choice: Choice
  readonly isOpen: boolean
  /** Where the Tab key leads into the tree. */
  readonly isCurrent: boolean
}

const boxes = { all: SquareCheck, some: SquareMinus, none: Square } as const
const checked = { all: true, some: 'mixed', none: false } as const
const indentRem = 1.25

/** One row; the tree listens to what is done with it. */
export const EventTypeTreeRow = memo(function EventTypeTreeRow({
  node,
  level,
  position,
  siblings,
  choice,
  isOpen,
  isCurrent,
}: EventTypeTreeRowProps): ReactNode {
  const { t } = useTranslation('eventTypes')
  const Box = boxes[choice]
  const Opener = isOpen ? ChevronDown : ChevronRight
  return (
    <div
      role="treeitem"
      className={node.kind === 'branch' ? `${classes.row} ${classes.branch}` : classes.row}
      style={{ paddingInlineStart: `${(level - 1) * indentRem + 0.25}rem` }}
      data-key={node.key}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-checked={checked[choice]}
      aria-expanded={node.kind === 'branch' ? isOpen : undefined}
      tabIndex={isCurrent ? 0 : -1}
    >
      <span className={classes.opener} data-does={node.kind === 'branch' ? 'open' : undefined}>
        {node.kind === 'branch' && <Opener size={16} aria-hidden />}
      </span>
      <Box className={classes.box} size={18} aria-hidden />
      <span className={classes.words}>
        <span className={classes.name}>{node.kind === 'branch' ? node.path : node.eventType.name}</span>
        {node.kind === 'branch' ? (
          <span className={classes.count}>
            {' '}
            <span aria-hidden>{node.names.length}</span>
            <span className="for-screen-readers">{t('picker.below', { count: node.names.length })}</span>
          </span>
        ) : (
          <>
            {node.eventType.deprecated && (
              <>
                {' '}
                <Tag tone="waiting">{t('deprecated')}</Tag>
              </>
            )}
            {node.eventType.description !== '' && (
              <span className={classes.about}>{node.eventType.description}</span>
            )}
          </>
        )}
      </span>
    </div>
  )
})
