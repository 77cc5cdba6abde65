export const verify = {
  title: 'Verify in your code',
  help: 'Anybody can send to your URL. The signature proves that a request comes from here and was not changed. These are whole programs to begin with, for this endpoint’s path.',
  languages: 'Languages',
  asymmetric:
    'This endpoint signs with Ed25519: your receiver needs only the public key. The libraries of other languages do not know these signatures yet.',
  sender:
    'This sends a signed request to your endpoint, as a delivery would be. You see at once what your receiver answers.',
  install: 'Install the library',
  secret: 'Put the secret into the environment',
  secretHidden: 'Copy the secret from above into the quotes. Never put it into your code.',
  secretCopied: 'The copy button puts the secret into the quotes. Never put it into your code.',
  save: 'Save as {{file}}',
  run: 'Run it',
  comments: {
    duplicates: 'In production, use a unique column of your database instead.',
    rawBody: 'The body exactly as it came: parsed and written again, it no longer fits the signature.',
    work: 'Store the message here, and do the work after you have answered.',
  },
  hints: {
    title: 'What to take care of',
    rawBody:
      'Verify the raw body, before any JSON parser. If every signature is wrong, this is the most common reason.',
    answer:
      'Answer with a status from 200 to 299 as soon as the message is stored. Whatever else you answer means: send it again.',
    duplicates:
      'A message may arrive twice, for example when your answer was lost. Its webhook-id is the same each time.',
    clock: 'Keep your server’s clock right: signatures that are more than five minutes off are refused.',
    rotation:
      'While a secret is being rotated, each request carries the signatures of both. The libraries handle that by themselves.',
  },
}
