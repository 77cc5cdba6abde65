export type FindingCode =
  | 'header_missing'
  | 'header_misnamed'
  | 'header_families_mixed'
  | 'id_from_elsewhere'
  | 'timestamp_malformed'
  | 'clock_skew'
  | 'signature_joined'
  | 'signature_encoding'
  | 'signature_kind'
  | 'signature_malformed'
  | 'secret_missing'
  | 'secret_whitespace'
  | 'secret_quoted'
  | 'secret_encoding'
  | 'secret_kind'
  | 'secret_unreadable'
  | 'body_parsed'
  | 'body_consumed'
  | 'body_too_large'
  | 'body_reserialised'
  | 'body_escapes'
  | 'body_line_endings'
  | 'body_trailing_newline'
  | 'body_byte_order_mark'
  | 'body_charset'
  | 'body_base64'
  | 'body_length'
  | 'not_explained'

/** One thing that is wrong with a request or with how it is verified. Its texts hold no secret. */
export interface Finding {
  readonly code: FindingCode
  /** What is wrong. */
  readonly found: string
  /** What was tried to find it. */
  readonly tried: string
  /** What to do. */
  readonly fix: string
}

/** One way to read a part of the request; null where it is read as it was given. */
export interface Reading<Value> {
  readonly value: Value
  readonly finding: Finding | null
}
