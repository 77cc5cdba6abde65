import { refused } from '../refusal.ts'
import { type CodeScheme, type ProviderRow, type Scheme, settingNames } from '../row.ts'
import type { RequestView } from '../view.ts'
import type { Refusal, SourceSettings, Tools } from '../verify.ts'
import { verifyAdyen } from './adyen.ts'
import { verifyDigest } from './digest.ts'
import { verifyEntra, verifyGraph, verifyPubSub } from './issued-tokens.ts'
import { verifyHmac } from './hmac.ts'
import { verifyJwt } from './jwt.ts'
import { verifyPaypal } from './paypal.ts'
import { type Proof, proven, type Verifier } from './proof.ts'
import { verifyPublicKey } from './public-key.ts'
import { verifySns } from './sns.ts'
import { verifyStandard } from './standard.ts'
import { verifyToken } from './token.ts'
import { verifyTwilio } from './twilio.ts'

type CodeKind = CodeScheme['kind']

const verifiers: {
  readonly [K in Scheme['kind']]: Verifier<K extends CodeKind ? CodeScheme : Extract<Scheme, { kind: K }>>
} = {
  hmac: verifyHmac,
  digest: verifyDigest,
  standard: verifyStandard,
  'public-key': verifyPublicKey,
  token: verifyToken,
  jwt: verifyJwt,
  url: () => proven(null, null),
  twilio: verifyTwilio,
  sns: verifySns,
  paypal: verifyPaypal,
  adyen: verifyAdyen,
  pubsub: verifyPubSub,
  graph: verifyGraph,
  entra: verifyEntra,
}

/** Proves who sent a request by the scheme of its provider's row. */
export function prove(
  view: RequestView,
  { name, scheme, settings: asked }: ProviderRow,
  settings: SourceSettings,
  tools: Tools,
): Proof | Refusal | Promise<Proof | Refusal> {
  for (const setting of settingNames) {
    if (asked?.[setting] === 'required' && (settings.options?.[setting] ?? '').trim() === '') {
      return refused('setting_missing', `The source lacks the setting "${setting}", which ${name} needs`)
    }
  }
  return (verifiers[scheme.kind] as Verifier<Scheme>)(view, scheme, settings, tools)
}
