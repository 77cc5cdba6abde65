import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAddressGuard } from './address-guard.ts'

const guard = createAddressGuard([])

/** The first and the last address of each range. */
const edges: readonly (readonly [first: string, last: string, range: string])[] = [
  ['0.0.0.0', '0.255.255.255', 'this host'],
  ['10.0.0.0', '10.255.255.255', 'private'],
  ['100.64.0.0', '100.127.255.255', 'carrier-grade NAT'],
  ['127.0.0.0', '127.255.255.255', 'loopback'],
  ['169.254.0.0', '169.254.255.255', 'link-local'],
  ['172.16.0.0', '172.31.255.255', 'private'],
  ['192.0.0.0', '192.0.0.255', 'protocol assignments'],
  ['192.0.2.0', '192.0.2.255', 'documentation'],
  ['192.88.99.0', '192.88.99.255', '6to4 relay'],
  ['192.168.0.0', '192.168.255.255', 'private'],
  ['198.18.0.0', '198.19.255.255', 'benchmarking'],
  ['198.51.100.0', '198.51.100.255', 'documentation'],
  ['203.0.113.0', '203.0.113.255', 'documentation'],
  ['224.0.0.0', '239.255.255.255', 'multicast'],
  ['240.0.0.0', '255.255.255.255', 'reserved'],
  ['::', '::255.255.255.255', 'unspecified, loopback or v4-compatible'],
  ['::ffff:0:0:0', '::ffff:0:ffff:ffff', 'IPv4-translated'],
  ['64:ff9b::', '64:ff9b::ffff:ffff', 'NAT64'],
  ['64:ff9b:1::', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff', 'NAT64'],
  ['100::', '100::ffff:ffff:ffff:ffff', 'discard-only'],
  ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', 'protocol assignments, Teredo included'],
  ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', 'documentation'],
  ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '6to4'],
  ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', 'documentation'],
  ['4000::', '5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'not global'],
  ['5f00::', '5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'segment routing'],
  ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'private'],
  ['fe00::', 'fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'not global'],
  ['fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'link-local'],
  ['fec0::', 'feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'site-local'],
  ['ff00::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'multicast'],
]

/** Each stands next to a denied range. */
const neighbours = [
  '1.0.0.0',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.0',
  '169.253.255.255',
  '169.255.0.0',
  '172.15.255.255',
  '172.32.0.0',
  '191.255.255.255',
  '192.0.1.0',
  '192.0.3.0',
  '192.88.98.255',
  '192.88.100.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '198.51.99.255',
  '198.51.101.0',
  '203.0.112.255',
  '203.0.114.0',
  '223.255.255.255',
  '2000::',
  '2001:200::',
  '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
  '2001:db9::',
  '2003::',
  '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff',
  '3fff:1000::',
]

const ipv4 = fc.ipV4()

function groupsOf(address: string): readonly [high: string, low: string] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)]
}

describe('the address guard', () => {
  test.each(edges)('denies from %s to %s: %s', (first, last, range) => {
    expect(guard.deniedRange(first)).toBe(range)
    expect(guard.deniedRange(last)).toBe(range)
    expect(guard.denial(first)).toBe(`${first} lies in a range that webhooks are not sent to (${range})`)
  })

  test.each(neighbours)('lets %s through, which lies next to a denied range', (address) => {
    expect(guard.denial(address)).toBeNull()
  })

  test('judges an IPv4-mapped address by its IPv4 address, in every spelling', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        const [high, low] = groupsOf(address)
        const spellings = [
          `::ffff:${address}`,
          `::FFFF:${high}:${low}`,
          `0:0:0:0:0:ffff:${high}:${low}`,
          `0000:0000:0000::ffff:${address}`,
          `::ffff:${high}:${low}%eth0`,
        ]
        for (const spelling of spellings) expect(guard.deniedRange(spelling)).toBe(guard.deniedRange(address))
      }),
    )
  })

  test('denies every other way of putting an IPv4 address into an IPv6 one', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        const [high, low] = groupsOf(address)
        const wrapped = [
          `::${address}`,
          `::ffff:0:${high}:${low}`,
          `64:ff9b::${address}`,
          `64:ff9b:1::${high}:${low}`,
          `2002:${high}:${low}::1`,
          `2001:0:${high}:${low}::1`,
        ]
        for (const each of wrapped) expect(guard.deniedRange(each)).not.toBeNull()
      }),
    )
  })

  test('judges an address the same however a URL spells it', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
        const whole = ((a * 256 + b) * 256 + c) * 256 + d
        const hosts = [
          String(whole),
          `0x${whole.toString(16)}`,
          `0${whole.toString(8)}`,
          `0x${a.toString(16)}.0${b.toString(8)}.${c * 256 + d}`,
          `${a}.${(b * 256 + c) * 256 + d}`,
          `${address}.`,
        ]
        for (const host of hosts) expect(new URL(`http://${host}/`).hostname).toBe(address)
        const mapped = new URL(`http://[::ffff:${address}]/`).hostname.slice(1, -1)
        expect(guard.deniedRange(mapped)).toBe(guard.deniedRange(address))
      }),
    )
  })

  test('takes for an address only what is one', () => {
    for (const text of ['', 'localhost', '127.1', '0x7f000001', '[::1]', '1.2.3.4.5', '::1::']) {
      expect(guard.deniedRange(text), text).toBe('no address')
    }
  })
})

describe('an allowed subnet', () => {
  test('opens its own addresses alone, mapped ones included', () => {
    const open = createAddressGuard(['10.1.0.0/16', 'fd00::/8', '127.0.0.1'])
    for (const address of ['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3', 'fd12::1', '127.0.0.1']) {
      expect(open.denial(address), address).toBeNull()
    }
    for (const address of ['10.0.255.255', '10.2.0.0', '::ffff:10.2.0.0', 'fc00::1', '127.0.0.2', '::1']) {
      expect(open.denial(address), address).not.toBeNull()
    }
  })

  test('of one family opens nothing of the other', () => {
    const openSix = createAddressGuard(['::/0'])
    expect(openSix.denial('::1')).toBeNull()
    expect(openSix.denial('127.0.0.1')).not.toBeNull()
    expect(openSix.denial('::ffff:127.0.0.1')).not.toBeNull()
    const openFour = createAddressGuard(['0.0.0.0/0'])
    expect(openFour.denial('::ffff:127.0.0.1')).toBeNull()
    expect(openFour.denial('::1')).not.toBeNull()
    expect(openFour.denial('64:ff9b::7f00:1')).not.toBeNull()
  })

  test('must be a CIDR or an address', () => {
    for (const text of [
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0/8',
      '::/129',
      'fe80::1%eth0',
      '10.0.0.0/8/8',
      'lan',
      '',
    ]) {
      expect(() => createAddressGuard([text]), text).toThrow('is no CIDR')
    }
  })
})
