import { callApi } from './call-api.ts'

export interface Application {
  /** Of the server that is asked. */
  readonly url: string
  readonly appId: string
}

/** An application with one endpoint. */
export async function createHookedApplication(url: string, token: string, hook: string): Promise<string> {
  const { text } = await callApi(url, token, 'POST', '/app', { name: 'Chaos' })
  const { id } = JSON.parse(text) as { id: string }
  const { status, text: answer } = await callApi(url, token, 'POST', `/app/${id}/endpoint`, { url: hook })
  if (status !== 201) throw new Error(`the endpoint was answered by ${status}: ${answer}`)
  return id
}

/**
 * A publisher as SDKs make one: what got no answer is asked for again with the same idempotency key, at the next server
 * if need be.
 */
export class Load {
  /** Ids of what was answered by 202, by the number in the payload. */
  readonly accepted = new Map<number, Set<string>>()
  readonly #inDoubt: number[] = []
  readonly #token: string
  readonly #toleratesRefusals: boolean
  #count = 0

  /** @param options.toleratesRefusals a 503 is asked again later, as SDKs do */
  constructor(token: string, options: { readonly toleratesRefusals?: boolean } = {}) {
    this.#token = token
    this.#toleratesRefusals = options.toleratesRefusals ?? false
  }

  /** What is neither accepted nor given up. */
  get inDoubt(): number {
    return this.#inDoubt.length
  }

  /** Until it is told to stop or the server is gone. */
  async publishUntil(at: Application, isOver: () => boolean): Promise<void> {
    while (!isOver()) if (!(await this.publishOne(at))) return
  }

  /** @returns whether there was an answer */
  async publishOne(at: Application): Promise<boolean> {
    return await this.#publish(at, this.#inDoubt.pop() ?? this.#count++)
  }

  /** Until all that no server has answered yet is answered. */
  async settle(at: Application): Promise<void> {
    for (;;) {
      const n = this.#inDoubt.pop()
      if (n === undefined) return
      if (!(await this.#publish(at, n))) throw new Error('the server is gone')
    }
  }

  async #publish({ url, appId }: Application, n: number): Promise<boolean> {
    const body = { eventType: 'load', payload: { n } }
    const headers = { 'idempotency-key': `load-${n}` }
    try {
      const { status, text } = await callApi(url, this.#token, 'POST', `/app/${appId}/msg`, body, headers)
      if (status === 503 && this.#toleratesRefusals) {
        this.#inDoubt.push(n)
        return true
      }
      if (status !== 202) throw new Error(`message ${n} was answered by ${status}: ${text}`)
      const ids = this.accepted.get(n) ?? new Set()
      this.accepted.set(n, ids.add((JSON.parse(text) as { id: string }).id))
      return true
    } catch (error) {
      // The server is gone, and what it did not answer may have been stored or not.
      if (!(error instanceof TypeError)) throw error
      this.#inDoubt.push(n)
      return false
    }
  }
}
