/** Who uses the portal: an operator with an organisation's token, or a customer with one for a single application. */
export interface Session {
  readonly token: string
  readonly face: 'operator' | 'customer'
  readonly orgId: string
  /** The customer's application; null for an operator. */
  readonly appId: string | null
  /** What a customer may do; an operator may do everything. */
  readonly capabilities: ReadonlySet<Capability>
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const capabilities = [
  'ViewBase',
  'ViewEndpointSecret',
  'ManageEndpointSecret',
  'ManageTransformations',
  'CreateAttempts',
  'ManageEndpoint',
] as const
export type Capability = (typeof capabilities)[number]

const storageKey = 'posthorn.token'

/** What the token says of itself; null where it is none. Whether it is true is for the server to tell. */
export function sessionOf(token: string): Session | null {
  const claims = claimsOf(token)
  if (typeof claims?.sub !== 'string') return null
  const isCustomer = typeof claims.org === 'string'
  const given = Array.isArray(claims.cap) ? claims.cap : capabilities
  return {
    token,
    face: isCustomer ? 'customer' : 'operator',
    orgId: isCustomer ? String(claims.org) : claims.sub,
    appId: isCustomer ? claims.sub : null,
    capabilities: new Set(capabilities.filter((each) => given.includes(each))),
    expiresAt: typeof claims.exp === 'number' ? claims.exp * 1000 : Number.POSITIVE_INFINITY,
  }
}

function claimsOf(token: string): Record<string, unknown> | null {
  try {
    return JSON.parse(textOf(token.split('.')[1] ?? '')) as Record<string, unknown>
  } catch {
    return null
  }
}

function textOf(base64url: string): string {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder().decode(Uint8Array.from(binary, (each) => each.charCodeAt(0)))
}

/**
 * The token of a portal link, `#key=` with base64url of `{"token": …}`, or `#token=` with the token itself. It is taken
 * out of the address, so that neither history nor a copied link carries it.
 */
function takeFromAddress(): string | null {
  const given = new URLSearchParams(location.hash.slice(1))
  const key = given.get('key')
  const token = given.get('token')
  if (key === null && token === null) return null
  history.replaceState(history.state, '', location.pathname + location.search)
  if (key === null) return token
  try {
    return (JSON.parse(textOf(key)) as { readonly token?: string }).token ?? null
  } catch {
    return null
  }
}

/** Of this tab: from the link that was opened, or from before a reload. */
export function restoreSession(): Session | null {
  const token = takeFromAddress() ?? read()
  const session = token === null ? null : sessionOf(token)
  if (session === null) forgetToken()
  else keepToken(session.token)
  return session
}

/** A frame of another site may have no storage: then the token lives until it is reloaded. */
function read(): string | null {
  try {
    return sessionStorage.getItem(storageKey)
  } catch {
    return null
  }
}

export function keepToken(token: string): void {
  try {
    sessionStorage.setItem(storageKey, token)
  } catch {
    // As above.
  }
}

export function forgetToken(): void {
  try {
    sessionStorage.removeItem(storageKey)
  } catch {
    // As above.
  }
}
