import { expect, test } from 'vitest'
import { headerProblem, isSensitiveHeader } from './custom-headers.ts'

test.each(['X-Api-Key', 'Authorization', 'x-customer', 'X_Y'])('%s may be set', (name) => {
  expect(headerProblem(name, 'value é\t')).toBeNull()
})

test.each([
  'Host',
  'content-LENGTH',
  'Webhook-Id',
  'svix-signature',
  'Sec-Fetch-Mode',
  'Proxy-Authorization',
  'te',
  'a b',
  '',
  'a:',
])('%j may not be set', (name) => expect(headerProblem(name, 'value')).not.toBeNull())

test.each(['a\r\nb: c', 'a\u0000', '✓', 'x'.repeat(4097)])('the value %j is refused', (value) => {
  expect(headerProblem('x-a', value)).toContain('value')
})

test('authorisation is sensitive in any case, a plain header is not', () => {
  expect(isSensitiveHeader('AUTHORIZATION')).toBe(true)
  expect(isSensitiveHeader('x-customer')).toBe(false)
})
