import { type KeyboardEvent, type MouseEvent, type ReactNode, useMemo, useRef, useState } from 'react'
import type { EventType } from '../api/event-types.ts'
import { choiceOf, rowsOf, type TreeNode, withToggled } from '../lib/event-type-tree.ts'
import { EventTypeTreeRow } from './EventTypeTreeRow.tsx'
import classes from './event-type-tree.module.css'
import { stepOf } from './tree-keys.ts'

interface EventTypeTreeProps {
  readonly label: string
  readonly tree: readonly TreeNode<EventType>[]
  readonly value: readonly string[]
  readonly onChange: (value: readonly string[]) => void
  /** Branches are open until they are closed; otherwise closed until they are opened. */
  readonly isOpenAtFirst: boolean
  readonly isDisabled: boolean
}

/** A tree of checkboxes that the Tab key enters once, and arrow keys walk through. */
export function EventTypeTree({
  label,
  tree,
  value,
  onChange,
  isOpenAtFirst,
  isDisabled,
}: EventTypeTreeProps): ReactNode {
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set())
  const [current, setCurrent] = useState<string | null>(null)
  const element = useRef<HTMLDivElement>(null)
  const isOpen = (key: string): boolean => turned.has(key) !== isOpenAtFirst
  const rows = useMemo(
    () => rowsOf(tree, (key) => turned.has(key) !== isOpenAtFirst),
    [tree, turned, isOpenAtFirst],
  )
  const chosen = useMemo(() => new Set(value), [value])
  const currentKey = rows.some(({ node }) => node.key === current) ? current : (rows[0]?.node.key ?? null)

  const turn = (key: string): void =>
    setTurned((last) => new Set(last.has(key) ? [...last].filter((each) => each !== key) : [...last, key]))
  const toggle = (node: TreeNode<EventType>): void => {
    if (!isDisabled) onChange(withToggled(value, node))
  }
  const focus = (key: string): void => {
    setCurrent(key)
    element.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus()
  }

  const onClick = ({ target }: MouseEvent): void => {
    if (!(target instanceof Element)) return
    const key = target.closest<HTMLElement>('[data-key]')?.dataset.key
    const row = rows.find(({ node }) => node.key === key)
    if (row === undefined) return
    focus(row.node.key)
    if (target.closest('[data-does="open"]') === null) toggle(row.node)
    else turn(row.node.key)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const at = rows.findIndex(({ node }) => node.key === currentKey)
    const step = stepOf(event.key, rows, at, isOpen)
    if (step === null) return
    event.preventDefault()
    if (step.does === 'toggle') toggle(step.node)
    else if (step.does === 'turn') turn(step.node.key)
    else focus(step.node.key)
  }

  return (
    <div
      ref={element}
      role="tree"
      tabIndex={-1}
      aria-label={label}
      aria-multiselectable
      aria-disabled={isDisabled}
      className={classes.tree}
      onClick={onClick}
      onKeyDown={onKeyDown}
    >
      {rows.map(({ node, level, position, siblings }) => (
        <EventTypeTreeRow
          key={node.key}
          node={node}
          level={level}
          position={position}
          siblings={siblings}
          choice={choiceOf(node, chosen)}
          isOpen={node.kind === 'branch' && isOpen(node.key)}
          isCurrent={node.key === currentKey}
        />
      ))}
    </div>
  )
}
