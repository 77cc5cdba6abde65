import { Resolver } from 'node:dns'
import { BlockList, isIPv4 } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  boolean,
  encryptionKey,
  integer,
  listenAddress,
  nameServers,
  number,
  oneOf,
  type Parser,
  schedule,
  subnets,
  text,
  url,
} from './parse.ts'

function accepts<T>(parser: Parser<T>, rows: readonly (readonly [given: string, value: T])[]): void {
  for (const [given, value] of rows) expect({ given, ...parser(given) }).toEqual({ given, value })
}

function refuses(parser: Parser<unknown>, given: readonly string[]): void {
  for (const each of given) expect(parser(each), JSON.stringify(each)).toHaveProperty('accepted')
}

describe('the parser of', () => {
  test('whole numbers keeps to its bounds and to digits', () => {
    const parser = integer(4, 100)
    accepts(parser, [
      ['4', 4],
      ['100', 100],
      ['007', 7],
    ])
    refuses(parser, ['3', '101', '', ' 5', '5.0', '-5', '+5', '1e1', '0x10', 'NaN', '5 MiB', '9'.repeat(16)])
  })

  test('numbers takes fractions and keeps to its bounds', () => {
    const parser = number(0, 24)
    accepts(parser, [
      ['0', 0],
      ['0.5', 0.5],
      ['24', 24],
    ])
    refuses(parser, ['24.1', '-1', '.5', '1.', '1,5', '', 'Infinity', '1e1'])
  })

  test('words ignores case and gives the word as it is spelt here', () => {
    const parser = oneOf('HS256', 'EdDSA')
    accepts(parser, [
      ['hs256', 'HS256'],
      ['EDDSA', 'EdDSA'],
    ])
    expect(parser('none')).toEqual({ accepted: 'one of HS256, EdDSA' })
    refuses(parser, ['', 'HS256 ', 'HS256,EdDSA'])
  })

  test('switches', () => {
    for (const each of ['true', 'TRUE', '1', 'yes', 'on']) accepts(boolean, [[each, true]])
    for (const each of ['false', 'False', '0', 'no', 'off']) accepts(boolean, [[each, false]])
    refuses(boolean, ['', '2', 'y', 'truee', ' true'])
  })

  test('texts refuses only the empty one', () => {
    accepts(text, [['a b', 'a b']])
    refuses(text, [''])
  })

  test('addresses to listen on', () => {
    accepts(listenAddress, [
      ['127.0.0.1:8071', { host: '127.0.0.1', port: 8071 }],
      ['localhost:0', { host: 'localhost', port: 0 }],
      ['[::1]:65535', { host: '::1', port: 65_535 }],
    ])
    refuses(listenAddress, [
      '',
      '8071',
      ':8071',
      '127.0.0.1',
      '127.0.0.1:',
      '127.0.0.1:65536',
      '::1:8071',
      '[127.0.0.1]:1',
      '[::1]',
      'a b:1',
      'http://127.0.0.1:8071',
    ])
  })

  test('URLs, of which it drops the trailing slash', () => {
    accepts(url, [
      ['https://hooks.example.com/', 'https://hooks.example.com'],
      ['http://10.0.0.1:8071/posthorn//', 'http://10.0.0.1:8071/posthorn'],
    ])
    refuses(url, ['', 'hooks.example.com', '/path', 'ftp://example.com', 'javascript:alert(1)'])
  })

  test('subnets', () => {
    accepts(subnets, [
      ['', []],
      ['127.0.0.0/8', ['127.0.0.0/8']],
      [' 10.0.0.1 , fd00::/8', ['10.0.0.1', 'fd00::/8']],
      ['0.0.0.0/0', ['0.0.0.0/0']],
    ])
    refuses(subnets, [
      '10.0.0.0/33',
      'fd00::/129',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0/8',
      'localhost',
      'fe80::1%eth0/64',
      '127.0.0.0/8,',
      '127.0.0.0/8 fd00::/8',
    ])
  })

  test('name servers, each an address with a port or without', () => {
    accepts(nameServers, [
      ['', []],
      ['1.1.1.1, 9.9.9.9:53', ['1.1.1.1', '9.9.9.9:53']],
      ['2606:4700::1111,[::1]:5353', ['2606:4700::1111', '[::1]:5353']],
    ])
    refuses(nameServers, [
      'dns.example.com',
      '1.1.1.1:0',
      '1.1.1.1:65536',
      '1.1.1.1:99999',
      '[1.1.1.1]:53',
      '1.1.1',
      '1.1.1.1,,9.9.9.9',
      '1.1.1.1:',
      'fe80::1%eth0',
    ])
  })

  test('retry schedules, which gives milliseconds', () => {
    accepts(schedule, [
      ['', []],
      ['0', [0]],
      ['5, 300,0.25', [5_000, 300_000, 250]],
    ])
    refuses(schedule, ['5,', '5;300', '-1', '5m', '2592001', 'none'])
  })

  test('encryption keys, which takes base64 of 32 bytes and nothing else', () => {
    const key = Buffer.alloc(32, 7)
    accepts(encryptionKey, [[key.toString('base64'), key]])
    refuses(encryptionKey, [
      '',
      key.toString('hex'),
      Buffer.alloc(31, 7).toString('base64'),
      Buffer.alloc(33, 7).toString('base64'),
      `${key.toString('base64')}\n`,
      'x'.repeat(64),
    ])
  })
})

/** Texts made of what options are made of, so that many come close to being right. */
const pieces = fc.constantFrom(
  '1',
  '53',
  '65536',
  '.',
  ':',
  '[',
  ']',
  '/',
  ',',
  '::',
  '127.0.0.1',
  '%',
  '-',
  ' ',
)
const almost = fc.oneof(
  fc.string(),
  fc.array(pieces, { maxLength: 8 }).map((each) => each.join('')),
)

test('no parser throws, whatever it is given', () => {
  const parsers: Parser<unknown>[] = [
    integer(1, 9),
    number(1, 9),
    listenAddress,
    url,
    schedule,
    encryptionKey,
  ]
  fc.assert(
    fc.property(fc.constantFrom(...parsers), almost, (parser, given) => {
      const parsed = parser(given)
      expect('value' in parsed).toBe(!('accepted' in parsed))
    }),
  )
})

test('what the parsers of addresses take, Node.js takes', () => {
  fc.assert(
    fc.property(almost, (given) => {
      const servers = nameServers(given)
      if ('value' in servers) new Resolver().setServers(servers.value)
      const ranges = subnets(given)
      if (!('value' in ranges)) return
      for (const range of ranges.value) {
        const [address = '', prefix] = range.split('/')
        const family = isIPv4(address) ? 'ipv4' : 'ipv6'
        new BlockList().addSubnet(address, Number(prefix ?? 32), family)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('every IPv4 address with every port is a name server and an address to listen on', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 1, max: 65_535 }), (address, port) => {
      expect(isIPv4(address)).toBe(true)
      expect(nameServers(`${address}:${port}`)).toEqual({ value: [`${address}:${port}`] })
      expect(listenAddress(`${address}:${port}`)).toEqual({ value: { host: address, port } })
    }),
  )
})
