import type { TreeEventType, TreeNode, TreeRow } from '../lib/event-type-tree.ts'

export interface TreeStep<Type extends TreeEventType> {
  readonly does: 'focus' | 'turn' | 'toggle'
  readonly node: TreeNode<Type>
}

/** What a key does in a tree, after the ARIA Authoring Practices' tree pattern; null leaves it to the browser. */
export function stepOf<Type extends TreeEventType>(
  key: string,
  rows: readonly TreeRow<Type>[],
  at: number,
  isOpen: (key: string) => boolean,
): TreeStep<Type> | null {
  const row = rows[at]
  if (row === undefined) return null
  const focus = (target: TreeRow<Type> | undefined): TreeStep<Type> => ({
    does: 'focus',
    node: (target ?? row).node,
  })
  const { node, level } = row
  const isOpenBranch = node.kind === 'branch' && isOpen(node.key)
  switch (key) {
    case 'ArrowDown':
      return focus(rows[at + 1])
    case 'ArrowUp':
      return focus(rows[at - 1])
    case 'Home':
      return focus(rows[0])
    case 'End':
      return focus(rows.at(-1))
    case 'ArrowRight':
      if (node.kind === 'leaf') return focus(row)
      return isOpenBranch ? focus(rows[at + 1]) : { does: 'turn', node }
    case 'ArrowLeft':
      if (isOpenBranch) return { does: 'turn', node }
      return focus(rows.slice(0, at).findLast((each) => each.level < level))
    case ' ':
    case 'Enter':
      return { does: 'toggle', node }
    default:
      return null
  }
}
