import type { Answer } from '../verify.ts'

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

export const ok: Answer = { status: 200, contentType: null, body: '' }
export const accepted: Answer = { status: 202, contentType: null, body: '' }
export const noContent: Answer = { status: 204, contentType: null, body: '' }
