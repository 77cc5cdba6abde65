import { BlockList, isIP, isIPv4 } from 'node:net'

/** Ranges that no webhook may reach, with the reason that its owner is told (IANA special-purpose registries). */
const deniedRanges: readonly (readonly [subnet: string, reason: string])[] = [
  ['0.0.0.0/8', 'this host'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'carrier-grade NAT'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol assignments'],
  ['192.0.2.0/24', 'documentation'],
  ['192.88.99.0/24', '6to4 relay'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  ['::/96', 'unspecified, loopback or v4-compatible'],
  ['64:ff9b::/96', 'NAT64'],
  ['64:ff9b:1::/48', 'NAT64'],
  ['100::/64', 'discard-only'],
  ['2001::/23', 'protocol assignments, Teredo included'],
  ['2001:db8::/32', 'documentation'],
  ['2002::/16', '6to4'],
  ['3fff::/20', 'documentation'],
  ['5f00::/16', 'segment routing'],
  ['fc00::/7', 'private'],
  ['fe80::/10', 'link-local'],
  ['fec0::/10', 'site-local'],
  ['ff00::/8', 'multicast'],
]

interface Subnet {
  readonly address: string
  readonly prefix: number
  readonly family: 'ipv4' | 'ipv6'
}

/** A CIDR such as `10.0.0.0/8`, or a lone address; null for anything else. */
function parseSubnet(text: string): Subnet | null {
  const [address = '', length, ...rest] = text.trim().split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0 || address.includes('%')) return null
  const maxPrefix = version === 4 ? 32 : 128
  if (length !== undefined && !/^\d{1,3}$/.test(length)) return null
  const prefix = length === undefined ? maxPrefix : Number(length)
  return prefix > maxPrefix ? null : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

function listOf(subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of subnets) {
    const subnet = parseSubnet(text)
    if (subnet === null) throw new Error(`${text} is no CIDR`)
    list.addSubnet(subnet.address, subnet.prefix, subnet.family)
  }
  return list
}

const denied = deniedRanges.map(([subnet, reason]) => ({ list: listOf([subnet]), reason }))
const anyDenied = listOf(deniedRanges.map(([subnet]) => subnet))

/** `::ffff:a.b.c.d` in any spelling, as its IPv4 address. */
function unmapped(address: string): string {
  const lower = address.toLowerCase()
  if (!lower.startsWith('::ffff:')) return address
  const tail = lower.slice('::ffff:'.length)
  if (isIPv4(tail)) return tail
  const [high = '', low = '', ...rest] = tail.split(':')
  if (rest.length > 0 || low === '') return address
  const value = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16)
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
}

export interface AddressGuard {
  /** Why the address must not be connected to, or null. */
  denial(address: string): string | null
}

/** @param allowSubnets CIDRs that are let through whatever range they lie in */
export function createAddressGuard(allowSubnets: readonly string[]): AddressGuard {
  const allowed = listOf(allowSubnets)
  return {
    denial(text) {
      // Only `::ffff:0:0/96` in its short form reaches here from URLs; long forms are normalised by the parser.
      const address = unmapped(text.split('%', 1)[0] ?? text)
      const version = isIP(address)
      if (version === 0) return `${text} is no address`
      const family = version === 4 ? 'ipv4' : 'ipv6'
      if (allowed.check(address, family)) return null
      if (!anyDenied.check(address, family)) return null
      const range = denied.find(({ list }) => list.check(address, family))
      return `${text} lies in a range that webhooks are not sent to (${range?.reason ?? 'special'})`
    },
  }
}
