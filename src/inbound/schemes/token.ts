import { decoded, equalTexts } from '../bytes.ts'
import { refused } from '../refusal.ts'
import type { TokenScheme } from '../row.ts'
import { isRefusal, keyOf, usableKeys } from '../secrets.ts'
import { textsAt } from '../view.ts'
import { proven, type Verifier } from './proof.ts'
import { placeWords } from './signed-text.ts'

/** The token that a credential's text carries; null if it is of another form (RFC 6750 §2.1, RFC 7617 §2). */
function tokenOf(text: string, form: TokenScheme['accept'][number]['form']): string | null {
  if (form === 'plain') return text
  const [, scheme, value] = /^([A-Za-z]+) +(\S+)$/.exec(text) ?? []
  if (value === undefined || scheme?.toLowerCase() !== form) return null
  if (form === 'bearer') return value
  return decoded(value, 'base64')?.toString('utf8') ?? null
}

/** The provider shows the secret itself: a password, a token, a fixed header. It says nothing about the body. */
export const verifyToken: Verifier<TokenScheme> = (view, { accept }, settings) => {
  const keys = usableKeys(settings.secrets, (secret) => keyOf(secret, 'utf8'))
  if (isRefusal(keys)) return keys
  const credentials = accept.flatMap(({ at, form }) => textsAt(view, at).map((text) => tokenOf(text, form)))
  if (credentials.length === 0) {
    const places = [...new Set(accept.map(({ at }) => placeWords(at)))].join(' or ')
    return refused('missing_signature', `The request has no ${places}`)
  }
  const tokens = credentials.filter((token) => token !== null)
  if (tokens.length === 0) {
    return refused('malformed_signature', 'The credential is of another form than the provider sends')
  }
  const fits = keys.find(({ secret }) => tokens.some((token) => equalTexts(token, secret)))
  if (fits === undefined) return refused('bad_signature', 'The token is none of the source’s secrets')
  return proven(fits.index, null)
}
