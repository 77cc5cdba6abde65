import createClient, { type Client } from 'openapi-fetch'
import { ApiError, problemsOf } from './api-error.ts'
import type { components, paths } from './schema.d.ts'

export type Api = Client<paths>
export type Schemas = components['schemas']

/**
 * The server's public API, with the token.
 *
 * @param onUnauthenticated the token counts for nothing any more
 */
export function createApi(token: string, onUnauthenticated: () => void): Api {
  const api = createClient<paths>({
    baseUrl: location.origin,
    headers: { authorization: `Bearer ${token}` },
    querySerializer: { array: { style: 'form', explode: false } },
  })
  api.use({
    onResponse({ response }) {
      if (response.status === 401) onUnauthenticated()
    },
  })
  return api
}

interface Answer<Data> {
  readonly data?: Data
  readonly error?: unknown
  readonly response: Response
}

/** What was answered. Rejects with `ApiError` where that is an error, or where nothing was answered at all. */
export async function dataOf<Data>(asked: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>
  try {
    answer = await asked
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(0, 'unreachable', '', [])
  }
  const { data, error, response } = answer
  if (response.ok) return data as Data
  const { code, detail } = (error ?? {}) as { readonly code?: unknown; readonly detail?: unknown }
  throw new ApiError(
    response.status,
    typeof code === 'string' ? code : '',
    typeof detail === 'string' ? detail : '',
    problemsOf(detail),
  )
}
