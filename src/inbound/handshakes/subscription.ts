import { isPinned } from '../certificate.ts'
import { refused } from '../refusal.ts'
import { snsHost, snsMessage } from '../schemes/sns.ts'
import { answered, type Handshake } from './handshake.ts'

/** AWS SNS: a signed `SubscriptionConfirmation` is confirmed by fetching its URL. */
export const sns: Handshake = {
  async proven(view, _proof, tools) {
    const message = snsMessage(view)
    if (message?.['Type'] !== 'SubscriptionConfirmation') return null
    const url = message['SubscribeURL'] ?? ''
    if (!isPinned(url, snsHost)) {
      return refused('untrusted_certificate_url', 'The SubscribeURL is not at an SNS host')
    }
    const fetched = await tools.get(url)
    if (fetched.kind === 'response' && fetched.status === 200) {
      return answered({ status: 200, contentType: null, body: '' })
    }
    return refused('key_unavailable', 'The subscription could not be confirmed: AWS did not answer 200')
  },
}
