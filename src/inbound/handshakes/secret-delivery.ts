import { equalTexts } from '../bytes.ts'
import { refused } from '../refusal.ts'
import { answered, bodyText, type Handshake, json } from './handshake.ts'

/*
 * The provider sends the secret itself, in a request that nothing proves. It is taken only while the source has none, so
 * that nobody can put theirs in its place; the same one again is answered as before.
 */

const secretForm = /^[\x21-\x7e]{8,512}$/

/** Asana: `X-Hook-Secret`, which must come back in the answer's header. */
export const asana: Handshake = {
  open({ request, header }, { secrets }) {
    const [secret] = header('x-hook-secret')
    if (request.method.toUpperCase() !== 'POST' || secret === undefined) return null
    if (!secretForm.test(secret))
      return refused('handshake_refused', 'The X-Hook-Secret is not of the form that Asana sends')
    const answer = { status: 200, contentType: null, body: '', headers: [['x-hook-secret', secret]] } as const
    if (secrets.length === 0) return { ...answered(answer), learnedSecret: secret }
    if (secrets.some((each) => equalTexts(each, secret))) return answered(answer)
    return refused('handshake_refused', 'The source has a secret already; remove it to take another')
  },
}

/** Notion: the first request holds `verification_token`, which signs all that follow. */
export const notion: Handshake = {
  open(view, { secrets }) {
    const secret = bodyText(view, 'verification_token')
    if (view.request.method.toUpperCase() !== 'POST' || secret === null) return null
    if (view.header('x-notion-signature').length > 0 || Object.keys(view.json() as object).length !== 1)
      return null
    if (!secretForm.test(secret))
      return refused('handshake_refused', 'The verification_token is not of the form that Notion sends')
    if (secrets.length === 0) return { ...json({}), learnedSecret: secret }
    if (secrets.some((each) => equalTexts(each, secret))) return json({})
    return refused('handshake_refused', 'The source has a secret already; remove it to take another')
  },
}
