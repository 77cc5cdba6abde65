import { expect, test } from 'vitest'
import { importChanges } from '../../../portal/src/pages/event-types/import/import-changes.ts'

test('an import makes, changes, restores and archives', () => {
  const wanted = [
    { name: 'd', description: '', archived: false },
    { name: 'a', description: 'A', archived: false },
    { name: 'b', description: '', archived: false },
    { name: 'c', description: '', archived: true },
  ]
  const present = [{ name: 'a' }, { name: 'b', archived: true }, { name: 'c', archived: false }]
  expect(importChanges(wanted, present)).toEqual([
    { name: 'a', does: 'changed', description: 'A' },
    { name: 'b', does: 'restored', description: '' },
    { name: 'c', does: 'archived', description: '' },
    { name: 'd', does: 'new', description: '' },
  ])
})
