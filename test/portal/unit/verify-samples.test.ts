import { expect, test } from 'vitest'
import { addressOf } from '../../../portal/src/pages/endpoints/verify/samples/sample.ts'
import { samples } from '../../../portal/src/pages/endpoints/verify/samples/samples.ts'
import { signatureKind } from '../../../portal/src/pages/endpoints/verify/use-signature.ts'

const comments = { duplicates: 'one', rawBody: 'two', work: 'three' }
const marks = /["'`$\\\n<>{}\s]/

test('no URL of an endpoint ends a string in a program', () => {
  const hostile = [
    `https://a.example/x');process.exit(1)//?q='$(id)'"\`id\`#'`,
    'https://a.example/"+os.system("id")+"\\..\\${HOME}#{`id`}\n/x?"><script>',
    "https://me:it's@a.example/%27/{path}",
  ]
  for (const url of hostile) {
    const address = addressOf(url)
    expect(address.path).toMatch(/^\//)
    expect(address.path).not.toMatch(marks)
    expect(address.url).toMatch(/^https:\/\/a\.example\//)
    expect(address.url).not.toMatch(/["'`$\\\n<>\s]/)
  }
  expect(addressOf('no address')).toEqual({ path: '/', url: 'https://example.com/' })
})

test('every program reads the path, the headers and the environment, and tells what to take care of', () => {
  for (const [language, sample] of Object.entries(samples)) {
    const url = 'https://a.example/in/orders'
    const code = sample.code({ ...addressOf(url), headerPrefix: 'svix', comments })
    expect(code, language).toContain('/in/orders')
    expect(code, language).toContain('WEBHOOK_SECRET')
    // The library of this server finds the headers by itself.
    if (language !== 'nodePosthorn') expect(code, language).toMatch(/svix[-_]signature/i)
    if (language === 'curl') continue
    expect(code, language).toContain(comments.duplicates)
    expect(code, language).toContain(comments.work)
  }
})

test('the kind of signature follows from the secret, else from what was sent', () => {
  const plain = { headerPrefix: 'webhook', isAsymmetric: false }
  expect(signatureKind({}, null)).toEqual(plain)
  expect(signatureKind({ 'webhook-signature': 'v1,abc' }, null)).toEqual(plain)
  expect(signatureKind({ 'webhook-signature': 'v1a,abc' }, null)).toEqual({ ...plain, isAsymmetric: true })
  // In the middle of a rotation from one kind to the other.
  expect(signatureKind({ 'webhook-signature': 'v1a,abc v1,def' }, null)).toEqual(plain)
  expect(signatureKind({ 'webhook-signature': 'v1,abc' }, 'whpk_abc').isAsymmetric).toBe(true)
  expect(signatureKind({ 'svix-signature': 'v1,abc' }, null).headerPrefix).toBe('svix')
  expect(signatureKind({ 'svix-signature': 'v1,a', 'webhook-signature': 'v1,a' }, null)).toEqual(plain)
})
