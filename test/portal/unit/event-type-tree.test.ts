import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  choiceOf,
  eventTypeTree,
  labelOf,
  matching,
  namesOf,
  rowsOf,
  type TreeEventType,
  type TreeNode,
  withToggled,
} from '../../../portal/src/lib/event-type-tree.ts'

function eventTypes(...names: string[]): TreeEventType[] {
  return names.map((name) => ({ name, description: '' }))
}

/** The tree as indented text. */
function drawn(nodes: readonly TreeNode<TreeEventType>[]): string[] {
  return rowsOf(nodes, () => true).map(
    ({ node, level }) => `${'  '.repeat(level - 1)}${labelOf(node)}${node.kind === 'branch' ? '/' : ''}`,
  )
}

describe('the tree of event types', () => {
  test('has a branch for what several names begin with', () => {
    expect(drawn(eventTypeTree(eventTypes('invoice.paid', 'ping', 'invoice.created')))).toEqual([
      'invoice/',
      '  invoice.created',
      '  invoice.paid',
      'ping',
    ])
  })

  test('has no branch for a single thing', () => {
    expect(drawn(eventTypeTree(eventTypes('com.acme.a', 'com.acme.b', 'email.sent')))).toEqual([
      'com.acme/',
      '  com.acme.a',
      '  com.acme.b',
      'email.sent',
    ])
  })

  test('puts an event type into the branch that has its name', () => {
    expect(drawn(eventTypeTree(eventTypes('invoice', 'invoice.paid', 'invoice.paid.late')))).toEqual([
      'invoice/',
      '  invoice',
      '  invoice.paid/',
      '    invoice.paid',
      '    invoice.paid.late',
    ])
  })

  test('puts groups at the top', () => {
    const tree = eventTypeTree([
      { name: 'invoice.paid', description: '', groupName: 'billing' },
      { name: 'billing.started', description: '', groupName: 'billing' },
      { name: 'user.created', description: '', groupName: null },
    ])
    expect(drawn(tree)).toEqual(['billing/', '  billing.started', '  invoice.paid', 'user.created'])
  })

  test('calls branches of a group by their own names', () => {
    const groupName = 'billing'
    const given = ['invoice.paid', 'invoice.made', 'billing.plan.ended', 'billing.plan.begun'].map(
      (name) => ({
        name,
        description: '',
        groupName,
      }),
    )
    expect(drawn(eventTypeTree(given))).toEqual([
      'billing/',
      '  billing.plan/',
      '    billing.plan.begun',
      '    billing.plan.ended',
      '  invoice/',
      '    invoice.made',
      '    invoice.paid',
    ])
    expect(drawn(eventTypeTree(given.slice(0, 2)))).toEqual(['billing/', '  invoice.made', '  invoice.paid'])
  })

  test('holds every event type once, under keys of its own', () => {
    const name = fc
      .array(fc.constantFrom('a', 'b', 'x', 'y', 'toString', ''), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('.'))
    const groupName = fc.option(fc.constantFrom('a', 'b', 'x.y'))
    const listed = fc.uniqueArray(fc.record({ name, description: fc.constant(''), groupName }), {
      selector: (each) => each.name,
    })
    fc.assert(
      fc.property(listed, (given) => {
        const tree = eventTypeTree(given)
        expect(tree.flatMap(namesOf).sort()).toEqual(given.map((each) => each.name).sort())
        const keys = rowsOf(tree, () => true).map(({ node }) => node.key)
        expect(new Set(keys).size).toBe(keys.length)
      }),
    )
  })

  test('is quick with 2,000 event types', () => {
    const many = Array.from(
      { length: 2_000 },
      (_, index) => `area-${index % 20}.thing-${index % 200}.event-${index}`,
    )
    expect(rowsOf(eventTypeTree(eventTypes(...many)), () => false)).toHaveLength(20)
  })
})

describe('choosing', () => {
  const [invoice] = eventTypeTree(eventTypes('invoice.paid', 'invoice.created', 'ping'))

  test('a branch chooses what is below it, and gives it back', () => {
    if (invoice === undefined) throw new Error('no branch')
    const some = ['ping', 'invoice.paid']
    expect(choiceOf(invoice, new Set(some))).toBe('some')
    const all = withToggled(some, invoice)
    expect(all).toEqual(['ping', 'invoice.paid', 'invoice.created'])
    expect(choiceOf(invoice, new Set(all))).toBe('all')
    expect(withToggled(all, invoice)).toEqual(['ping'])
  })
})

describe('searching', () => {
  test('looks for every word in name, group and description', () => {
    const given = [
      { name: 'invoice.paid', description: 'Money has come in', groupName: 'billing' },
      { name: 'invoice.created', description: 'Somebody owes money', groupName: null },
    ]
    expect(matching(given, 'MONEY billing')).toEqual([given[0]])
    expect(matching(given, '  ')).toEqual(given)
  })
})
