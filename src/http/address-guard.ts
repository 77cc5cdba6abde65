import { BlockList, isIP, SocketAddress } from 'node:net'

/**
 * Ranges that no webhook may reach, with the reason that its owner is told (IANA special-purpose registries). The first
 * that holds an address names it: what lies outside 2000::/3 and has no name of its own is not handed out to anybody
 * (RFC 4291 §2.4).
 */
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
  ['::ffff:0:0:0/96', 'IPv4-translated'],
  ['::/3', 'not global'],
  ['4000::/2', 'not global'],
  ['8000::/1', 'not global'],
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

/** Subnets, each family by itself: one BlockList of both would match IPv4 addresses by IPv6 subnets. */
class Subnets {
  readonly #lists = { ipv4: new BlockList(), ipv6: new BlockList() }

  constructor(subnets: readonly string[]) {
    for (const text of subnets) {
      const subnet = parseSubnet(text)
      if (subnet === null) throw new Error(`${text} is no CIDR`)
      this.#lists[subnet.family].addSubnet(subnet.address, subnet.prefix, subnet.family)
    }
  }

  has(address: string): boolean {
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    return this.#lists[family].check(address, family)
  }
}

const denied = deniedRanges.map(([subnet, range]) => ({ subnets: new Subnets([subnet]), range }))

/** The address in its usual spelling, without a zone; an IPv4-mapped one as its IPv4 address. Null for what is none. */
function usualForm(text: string): string | null {
  const [plain = ''] = text.split('%', 1)
  const version = isIP(plain)
  if (version !== 6) return version === 4 ? plain : null
  const { address } = new SocketAddress({ address: plain, family: 'ipv6' })
  const [, mapped] = /^::ffff:([\d.]+)$/.exec(address) ?? []
  return mapped ?? address
}

export interface AddressGuard {
  /** The special range that the address lies in and that it must not be connected to for, such as `loopback`; or null. */
  deniedRange(address: string): string | null
  /** Why the address must not be connected to, in a sentence that shows it; or null. */
  denial(address: string): string | null
}

/** @param allowSubnets CIDRs that are let through whatever range they lie in */
export function createAddressGuard(allowSubnets: readonly string[]): AddressGuard {
  const allowed = new Subnets(allowSubnets)
  const deniedRange = (text: string): string | null => {
    const address = usualForm(text)
    if (address === null) return 'no address'
    if (allowed.has(address)) return null
    return denied.find(({ subnets }) => subnets.has(address))?.range ?? null
  }
  return {
    deniedRange,
    denial(address) {
      const range = deniedRange(address)
      return range === null ? null : `${address} lies in a range that webhooks are not sent to (${range})`
    },
  }
}
