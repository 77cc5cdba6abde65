import { Resolver } from 'node:dns'
import { BlockList, isIPv4 } from 'node:net'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
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

interface Row {
  readonly what: string
  readonly parser: Parser<unknown>
  readonly takes: readonly (readonly [given: string, value: unknown])[]
  readonly refuses: readonly string[]
}

const key = Buffer.alloc(32, 7)

const rows: readonly Row[] = [
  {
    what: 'whole numbers keeps to its bounds and to digits',
    parser: integer(4, 100),
    takes: [
      ['4', 4],
      ['100', 100],
      ['007', 7],
    ],
    refuses: ['3', '101', '', ' 5', '5.0', '-5', '+5', '1e1', '0x10', 'NaN', '5 MiB', '9'.repeat(16)],
  },
  {
    what: 'numbers takes fractions and keeps to its bounds',
    parser: number(0, 24),
    takes: [
      ['0', 0],
      ['0.5', 0.5],
      ['24', 24],
    ],
    refuses: ['24.1', '-1', '.5', '1.', '1,5', '', 'Infinity', '1e1'],
  },
  {
    what: 'words ignores case and gives the word as it is spelt here',
    parser: oneOf('HS256', 'EdDSA'),
    takes: [
      ['hs256', 'HS256'],
      ['EDDSA', 'EdDSA'],
    ],
    refuses: ['', 'none', 'HS256 ', 'HS256,EdDSA'],
  },
  {
    what: 'switches takes the usual words',
    parser: boolean,
    takes: [
      ...['true', 'TRUE', '1', 'yes', 'on'].map((each) => [each, true] as const),
      ...['false', 'False', '0', 'no', 'off'].map((each) => [each, false] as const),
    ],
    refuses: ['', '2', 'y', 'truee', ' true'],
  },
  { what: 'texts refuses only the empty one', parser: text, takes: [['a b', 'a b']], refuses: [''] },
  {
    what: 'addresses to listen on takes names, IPv4, and IPv6 in brackets, with a port',
    parser: listenAddress,
    takes: [
      ['127.0.0.1:8071', { host: '127.0.0.1', port: 8071 }],
      ['localhost:0', { host: 'localhost', port: 0 }],
      ['[::1]:65535', { host: '::1', port: 65_535 }],
    ],
    refuses: [
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
    ],
  },
  {
    what: 'URLs drops the trailing slash',
    parser: url,
    takes: [
      ['https://hooks.example.com/', 'https://hooks.example.com'],
      ['http://10.0.0.1:8071/posthorn//', 'http://10.0.0.1:8071/posthorn'],
    ],
    refuses: ['', 'hooks.example.com', '/path', 'ftp://example.com', 'javascript:alert(1)'],
  },
  {
    what: 'subnets takes CIDRs and lone addresses',
    parser: subnets,
    takes: [
      ['', []],
      ['127.0.0.0/8', ['127.0.0.0/8']],
      [' 10.0.0.1 , fd00::/8', ['10.0.0.1', 'fd00::/8']],
      ['0.0.0.0/0', ['0.0.0.0/0']],
    ],
    refuses: [
      '10.0.0.0/33',
      'fd00::/129',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      '10.0/8',
      'localhost',
      'fe80::1%eth0/64',
      '127.0.0.0/8,',
      '127.0.0.0/8 fd00::/8',
    ],
  },
  {
    what: 'name servers takes addresses with a port or without',
    parser: nameServers,
    takes: [
      ['', []],
      ['1.1.1.1, 9.9.9.9:53', ['1.1.1.1', '9.9.9.9:53']],
      ['2606:4700::1111,[::1]:5353', ['2606:4700::1111', '[::1]:5353']],
    ],
    refuses: [
      'dns.example.com',
      '1.1.1.1:0',
      '1.1.1.1:65536',
      '1.1.1.1:99999',
      '[1.1.1.1]:53',
      '1.1.1',
      '1.1.1.1,,9.9.9.9',
      '1.1.1.1:',
      'fe80::1%eth0',
    ],
  },
  {
    what: 'retry schedules takes seconds and gives milliseconds',
    parser: schedule,
    takes: [
      ['', []],
      ['0', [0]],
      ['5, 300,0.25', [5_000, 300_000, 250]],
    ],
    refuses: ['5,', '5;300', '-1', '5m', '2592001', 'none'],
  },
  {
    what: 'encryption keys takes base64 of 32 bytes and nothing else',
    parser: encryptionKey,
    takes: [[key.toString('base64'), key]],
    refuses: [
      '',
      key.toString('hex'),
      Buffer.alloc(31, 7).toString('base64'),
      Buffer.alloc(33, 7).toString('base64'),
      `${key.toString('base64')}\n`,
      'x'.repeat(64),
    ],
  },
]

test.each(rows)('the parser of $what', ({ parser, takes, refuses }) => {
  expect(takes.map(([given]) => [given, parser(given)])).toEqual(
    takes.map(([given, value]) => [given, { value }]),
  )
  expect(refuses.filter((given) => !('accepted' in parser(given)))).toEqual([])
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

function useNameServers(given: readonly string[]): void {
  new Resolver().setServers(given)
}

function useSubnets(given: readonly string[]): void {
  for (const each of given) {
    const [address = '', prefix] = each.split('/')
    new BlockList().addSubnet(address, Number(prefix ?? 32), isIPv4(address) ? 'ipv4' : 'ipv6')
  }
}

test.each([
  { what: 'name servers', parser: nameServers, use: useNameServers },
  { what: 'subnets', parser: subnets, use: useSubnets },
])('the $what that the parser takes, Node.js takes too', ({ parser, use }) => {
  const taken = almost.map((given) => parser(given)).filter((parsed) => 'value' in parsed)
  fc.assert(
    fc.property(taken, ({ value }) => {
      expect(() => use(value)).not.toThrow()
    }),
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
