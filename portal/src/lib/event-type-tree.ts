/** What a tree needs to know of an event type. */
export interface TreeEventType {
  readonly name: string
  readonly description: string
  readonly groupName?: string | null
}

interface Leaf<Type extends TreeEventType> {
  readonly kind: 'leaf'
  readonly key: string
  readonly eventType: Type
}

interface Branch<Type extends TreeEventType> {
  readonly kind: 'branch'
  readonly key: string
  /** The group's name, or what the names below begin with. */
  readonly path: string
  readonly children: readonly TreeNode<Type>[]
  /** Of all event types below. */
  readonly names: readonly string[]
}

export type TreeNode<Type extends TreeEventType> = Leaf<Type> | Branch<Type>

interface Sprout<Type> {
  /** Differs where paths do not: a group may have the name of a branch. */
  readonly key: string
  readonly path: string
  readonly isGroup: boolean
  readonly branches: Map<string, Sprout<Type>>
  readonly eventTypes: Type[]
}

/**
 * A tree by the dots of the names; groups stand at the top. An event type whose name others continue is the first leaf
 * of their branch. A branch that would hold a single thing gives way to it.
 */
export function eventTypeTree<Type extends TreeEventType>(
  eventTypes: readonly Type[],
): readonly TreeNode<Type>[] {
  const root = sprout<Type>('branch:', '', false)
  for (const eventType of eventTypes) {
    const { name, groupName } = eventType
    let place = root
    if (groupName != null && groupName !== '') place = grow(place, groupName, true)
    for (const path of prefixesOf(name)) {
      const isOfGroup = groupName != null && (path === groupName || groupName.startsWith(`${path}.`))
      if (!isOfGroup) place = grow(place, path, false)
    }
    place.eventTypes.push(eventType)
  }
  return nodesOf(settleOwn(root))
}

/** `a` and `a.b` for `a.b.c`. */
function prefixesOf(name: string): readonly string[] {
  const parts = name.split('.')
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('.'))
}

function sprout<Type>(key: string, path: string, isGroup: boolean): Sprout<Type> {
  return { key, path, isGroup, branches: new Map(), eventTypes: [] }
}

function grow<Type>(place: Sprout<Type>, path: string, isGroup: boolean): Sprout<Type> {
  const next = place.branches.get(path) ?? sprout<Type>(`${place.key}/${path}`, path, isGroup)
  place.branches.set(path, next)
  return next
}

/** `invoice` moves into the branch `invoice`, where there is one. */
function settleOwn<Type extends TreeEventType>(place: Sprout<Type>): Sprout<Type> {
  const own = new Map([...place.branches.values()].map((branch) => [branch.path, branch]))
  const staying: Type[] = []
  for (const eventType of place.eventTypes) {
    const branch = own.get(eventType.name)
    if (branch === undefined) staying.push(eventType)
    else branch.eventTypes.unshift(eventType)
  }
  const branches = new Map([...place.branches].map(([segment, branch]) => [segment, settleOwn(branch)]))
  return { ...place, branches, eventTypes: staying }
}

function nodesOf<Type extends TreeEventType>(place: Sprout<Type>): readonly TreeNode<Type>[] {
  const leaves = place.eventTypes.map((eventType): TreeNode<Type> => ({
    kind: 'leaf',
    key: `leaf:${eventType.name}`,
    eventType,
  }))
  return [...leaves, ...[...place.branches.values()].map(branchOf)].sort(byLabel)
}

function branchOf<Type extends TreeEventType>(place: Sprout<Type>): TreeNode<Type> {
  const children = nodesOf(place)
  const [only] = children
  if (children.length === 1 && only !== undefined) {
    if (only.kind === 'leaf' || !place.isGroup) return only
    return { ...only, key: place.key, path: place.path }
  }
  const names = children.flatMap(namesOf)
  return { kind: 'branch', key: place.key, path: place.path, children, names }
}

export function labelOf(node: TreeNode<TreeEventType>): string {
  return node.kind === 'leaf' ? node.eventType.name : node.path
}

export function namesOf(node: TreeNode<TreeEventType>): readonly string[] {
  return node.kind === 'leaf' ? [node.eventType.name] : node.names
}

function byLabel(a: TreeNode<TreeEventType>, b: TreeNode<TreeEventType>): number {
  const [first, second] = [labelOf(a), labelOf(b)]
  return first < second ? -1 : first > second ? 1 : 0
}

export interface TreeRow<Type extends TreeEventType> {
  readonly node: TreeNode<Type>
  /** From 1 on. */
  readonly level: number
  readonly position: number
  readonly siblings: number
}

/** What is in sight, from top to bottom. */
export function rowsOf<Type extends TreeEventType>(
  nodes: readonly TreeNode<Type>[],
  isOpen: (key: string) => boolean,
  level = 1,
): readonly TreeRow<Type>[] {
  return nodes.flatMap((node, index) => {
    const row = { node, level, position: index + 1, siblings: nodes.length }
    if (node.kind === 'leaf' || !isOpen(node.key)) return [row]
    return [row, ...rowsOf(node.children, isOpen, level + 1)]
  })
}

export type Choice = 'all' | 'some' | 'none'

export function choiceOf(node: TreeNode<TreeEventType>, chosen: ReadonlySet<string>): Choice {
  const names = namesOf(node)
  const count = names.filter((name) => chosen.has(name)).length
  return count === 0 ? 'none' : count === names.length ? 'all' : 'some'
}

/** Takes all of the node away where all are chosen, and adds what is missing otherwise. */
export function withToggled(value: readonly string[], node: TreeNode<TreeEventType>): readonly string[] {
  const names = new Set(namesOf(node))
  if (choiceOf(node, new Set(value)) === 'all') return value.filter((name) => !names.has(name))
  return [...new Set([...value, ...names])]
}

/** Those of which name, group or description hold every word. */
export function matching<Type extends TreeEventType>(
  eventTypes: readonly Type[],
  search: string,
): readonly Type[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return eventTypes
  return eventTypes.filter(({ name, groupName, description }) => {
    const text = `${name} ${groupName ?? ''} ${description}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
