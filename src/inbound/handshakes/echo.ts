import { refused } from '../refusal.ts'
import { answered, bodyText, type Handshake, json, text } from './handshake.ts'

const maxEchoed = 4_096

/** Dropbox: GET with `challenge`, which comes back as plain text. */
export const dropbox: Handshake = {
  open({ request, query }) {
    const [challenge] = query('challenge')
    if (request.method.toUpperCase() !== 'GET' || challenge === undefined) return null
    return echoed(challenge)
  },
}

/** Microsoft Graph: POST with `validationToken` in the query, which comes back decoded, as plain text, within 10 s. */
export const graph: Handshake = {
  open({ request, query }) {
    const [token] = query('validationToken')
    if (request.method.toUpperCase() !== 'POST' || token === undefined) return null
    return echoed(token)
  },
}

/** Okta: GET with a header, whose value comes back as JSON. */
export const okta: Handshake = {
  open({ request, header }) {
    const [verification] = header('x-okta-verification-challenge')
    if (request.method.toUpperCase() !== 'GET' || verification === undefined) return null
    return json({ verification })
  },
}

/** monday.com: the first POST holds nothing but `challenge`, which comes back as JSON. */
export const monday: Handshake = {
  open(view) {
    const challenge = bodyText(view, 'challenge')
    if (view.request.method.toUpperCase() !== 'POST' || challenge === null) return null
    if (Object.keys(view.json() as object).length !== 1) return null
    return json({ challenge })
  },
}

/** Trello: HEAD must be answered with 200 before a webhook is made. */
export const trello: Handshake = {
  open({ request }) {
    return request.method.toUpperCase() === 'HEAD'
      ? answered({ status: 200, contentType: null, body: '' })
      : null
  },
}

function echoed(challenge: string) {
  return challenge.length <= maxEchoed
    ? text(challenge)
    : refused('handshake_refused', 'The challenge is too long')
}
