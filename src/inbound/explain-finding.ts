/** One thing that is wrong with a request or with how it is judged. Its texts hold no secret. */
export interface Finding {
  readonly code: string
  /** What is wrong. */
  readonly found: string
  /** What was tried to find it. */
  readonly tried: string
  /** What to do. */
  readonly fix: string
}

/** One way to read a part of the request or of the source; null where it is read as it was given. */
export interface Change<Value> {
  readonly value: Value
  readonly finding: Finding | null
}

/** @param bytes of the body; null where nothing could be tried */
export function unexplained(bytes: number | null): Finding {
  if (bytes === null) {
    return {
      code: 'not_explained',
      found: 'Only the provider has the keys that these requests are judged with.',
      tried: 'Nothing.',
      fix: 'Look at the reason of the refusal, and at the settings of the source.',
    }
  }
  return {
    code: 'not_explained',
    found: `No try made the proof right for this body of ${bytes} bytes.`,
    tried:
      'The secret in every encoding; the body with other white space, escapes, line endings and encodings; other spellings of the URL, where it is signed; the schemes of all other providers.',
    fix: 'Most likely the secret is that of another webhook or environment, or was rotated: this cannot be told from a request. Copy it from the provider again. If it is the same, the body was changed in a way that was not tried.',
  }
}
