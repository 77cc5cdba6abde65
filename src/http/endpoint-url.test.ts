import { describe, expect, test } from 'vitest'
import { createAddressGuard } from './address-guard.ts'
import { endpointUrlProblem } from './endpoint-url.ts'

const guard = createAddressGuard(['127.0.0.0/8'])

describe('the URL of an endpoint', () => {
  test.each([
    ['https://receiver.example/hook?key=1', null],
    ['http://receiver.example:8080/', null],
    ['HTTP://RECEIVER.EXAMPLE', null],
    ['http://8.8.8.8/', null],
    ['http://[2606:4700::1111]/', null],
    ['http://127.0.0.1:3000/', null],
    ['http://10.in-a-name.example/', null],
    ['receiver.example/hook', 'is no absolute URL'],
    ['', 'is no absolute URL'],
    ['http://', 'is no absolute URL'],
    ['http://receiver.example:70000/', 'is no absolute URL'],
    ['http://256.0.0.1/', 'is no absolute URL'],
    ['ftp://receiver.example/', 'must begin with http:// or https://'],
    ['javascript:alert(1)', 'must begin with http:// or https://'],
    ['https://user@receiver.example/', 'must not hold a user name or a password'],
    ['https://:secret@receiver.example/', 'must not hold a user name or a password'],
  ])('%s: %s', (url, problem) => {
    expect(endpointUrlProblem(url, guard, false)).toBe(problem)
  })

  test.each([
    'http://10.0.0.1/',
    'http://0xa000001/',
    'http://167772161/',
    'http://012.0.0.1/',
    'http://１０.0.0.1/',
  ])('is told at once that %s is private, whatever its spelling', (url) => {
    expect(endpointUrlProblem(url, guard, false)).toMatch(/^10\.0\.0\.1 lies in a range .*\(private\)$/)
  })

  test.each(['http://[::1]/', 'http://[fd00::1]:8080/', 'http://[::ffff:169.254.169.254]/'])(
    'is told at once that %s is special',
    (url) => {
      expect(endpointUrlProblem(url, guard, false)).toContain('lies in a range')
    },
  )

  test('must be https where the operator wants it so', () => {
    expect(endpointUrlProblem('http://receiver.example/', guard, true)).toBe('must begin with https://')
    expect(endpointUrlProblem('https://receiver.example/', guard, true)).toBeNull()
  })
})
