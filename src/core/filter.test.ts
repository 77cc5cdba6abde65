import { expect, test } from 'vitest'
import { matches } from './filter.ts'

const rows = [
  {
    endpoint: { eventTypes: null, channels: null },
    message: { eventType: 'a', channels: null },
    takes: true,
  },
  {
    endpoint: { eventTypes: null, channels: null },
    message: { eventType: 'a', channels: ['x'] },
    takes: true,
  },
  {
    endpoint: { eventTypes: ['a'], channels: null },
    message: { eventType: 'a', channels: null },
    takes: true,
  },
  {
    endpoint: { eventTypes: ['a'], channels: null },
    message: { eventType: 'a.b', channels: null },
    takes: false,
  },
  {
    endpoint: { eventTypes: null, channels: ['x'] },
    message: { eventType: 'a', channels: null },
    takes: false,
  },
  {
    endpoint: { eventTypes: null, channels: ['x'] },
    message: { eventType: 'a', channels: ['y', 'x'] },
    takes: true,
  },
  {
    endpoint: { eventTypes: null, channels: ['x'] },
    message: { eventType: 'a', channels: ['y'] },
    takes: false,
  },
  {
    endpoint: { eventTypes: ['b'], channels: ['x'] },
    message: { eventType: 'a', channels: ['x'] },
    takes: false,
  },
] as const

test.each(rows)('$endpoint takes $message: $takes', ({ endpoint, message, takes }) => {
  expect(matches(endpoint, message)).toBe(takes)
})
