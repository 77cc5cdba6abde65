import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { reach } from '#lib/crash-point.ts'
import type { Row } from '../rows.ts'
import type { Word } from './notices.ts'
import { type Backend, errorOf, Fenced, isBroken, isContended, type StoreUnreachable } from './faults.ts'
import { type Sql, sql } from './sql.ts'

export type { Row } from '../rows.ts'

/** Where statements run: each by itself, or together in a transaction. */
export interface Session {
  rows(statement: Sql): Promise<readonly Row[]>
  row(statement: Sql): Promise<Row | undefined>
  /** @returns how many rows were changed */
  change(statement: Sql): Promise<number>
}

export interface Transaction extends Session {
  /** Told here and to the other nodes once the transaction has committed; dropped when it has not. */
  notice(word: Word): void
}

/** The database as verbs see it. */
export interface Database extends Session {
  /** The number of this node. */
  readonly node: number
  /** The node's clock against the database's: what is to be added to an instant of this node. */
  readonly clockOffsetMs: number
  /** One transaction, which commits only while this node lives. */
  transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>
  /**
   * One statement that writes, with a fence of its own (`fence`): a transaction by itself. Rejects with
   * `StoreUnreachable` where it may have been committed; `settled` tells when that will not change any more.
   */
  write(statement: Sql): Promise<readonly Row[]>
  /** Resolves when what a broken connection had under way has ended, one way or the other. */
  settled(error: StoreUnreachable): Promise<void>
  /** Tells of changes that are committed. */
  tell(words: readonly Word[]): void
}

export interface PoolOptions {
  readonly url: string
  readonly max: number
  /** Off for connection poolers that hand a connection on between transactions and do not know of prepared statements. */
  readonly prepare: boolean
  readonly name: string
  /** A pooler stands between, which gives the server's processes numbers of its own. */
  readonly isPooled?: boolean
  readonly answerWithinMs?: number
  readonly onStatement?: () => void
  /** Settings of its sessions, such as `-c jit=off`; a pooler would refuse them. */
  readonly settings?: string
}

/** What a statement may take until it counts as hanging, and a transaction may pause between two. */
const statementTimeoutMs = 30_000
const lockTimeoutMs = 5_000
const idleTimeoutMs = 5_000
const connectTimeoutMs = 5_000

/** Counts, sequences and instants stay below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((type: number, format: 'text' | 'binary') =>
    type === pg.types.builtins.INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(type, format)) as pg.CustomTypesConfig['getTypeParser'],
}

/**
 * @param answerWithinMs a statement that is not answered by then counts as lost, and its connection with it: a server
 * that went away without a word is found out by that alone
 */
export function clientOptions(
  url: string,
  name: string,
  answerWithinMs = statementTimeoutMs + 5_000,
): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: answerWithinMs,
    types,
  }
}

/**
 * Holds this node's row against its burial until the transaction ends, and has its commit wait for the disk, whatever
 * the database's settings are. No row where the node was declared dead.
 */
export function fence(node: number): Sql {
  return sql`select number, case when current_setting('synchronous_commit') = 'off'
    then set_config('synchronous_commit', 'on', true) end as forced
    from posthorn.node where number = ${node}::int for key share`
}

const names = new Map<string, string>()

/**
 * The same text has the same name at every connection of every node, and no other text has it: a pooler that hands on
 * connections together with their statements lets none be taken for another.
 */
function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = `posthorn_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`
    names.set(text, name)
  }
  return name
}

async function run(
  client: pg.ClientBase,
  statement: Sql,
  prepare: boolean,
  mark: string,
): Promise<pg.QueryResult<Row>> {
  const text = mark + statement.text
  const query = { text, values: [...statement.values], ...(prepare ? { name: nameOf(text) } : {}) }
  return await client.query<Row>(query)
}

function sessionOf(client: pg.ClientBase, prepare: boolean, mark: string, onStatement: () => void): Session {
  const result = async (statement: Sql): Promise<pg.QueryResult<Row>> => {
    onStatement()
    return await run(client, statement, prepare, mark)
  }
  return {
    rows: async (statement) => (await result(statement)).rows,
    row: async (statement) => (await result(statement)).rows[0],
    change: async (statement) => (await result(statement)).rowCount ?? 0,
  }
}

const maxTries = 5

/** A statement whose client is gone is ended by force after this long. */
const settleMs = 2_000
const settleLookMs = 20

/** Connections of one kind. Every error that passes with time comes out as `StoreUnavailable`. */
export class Pool implements Session, AsyncDisposable {
  readonly #pool: pg.Pool
  readonly #prepare: boolean
  readonly #isPooled: boolean
  readonly #marks = new WeakMap<pg.PoolClient, string>()
  readonly #onStatement: () => void

  constructor({
    url,
    max,
    prepare,
    name,
    isPooled = false,
    settings,
    answerWithinMs,
    onStatement = () => {},
  }: PoolOptions) {
    this.#onStatement = onStatement
    this.#pool = new pg.Pool({
      ...clientOptions(url, name, answerWithinMs),
      ...(settings === undefined ? {} : { options: settings }),
      max,
      idleTimeoutMillis: 60_000,
    })
    // A connection that breaks while nobody uses it is replaced when one is needed; one that is in use tells its user.
    this.#pool.on('error', () => {})
    this.#pool.on('connect', (client) => client.on('error', () => {}))
    this.#prepare = prepare
    this.#isPooled = isPooled
  }

  /**
   * What statements by way of a pooler begin with, another one at each connection: the server shows it beside the
   * process that is at work. Prepared ones go without it, since a pooler keeps few of them.
   */
  #markOf(client: pg.PoolClient): string {
    if (!this.#isPooled || this.#prepare) return ''
    let mark = this.#marks.get(client)
    if (mark === undefined) {
      mark = `/* ${randomBytes(9).toString('hex')} */ `
      this.#marks.set(client, mark)
    }
    return mark
  }

  #backendOf(client: pg.PoolClient): Backend | null {
    const mark = this.#markOf(client)
    if (mark !== '') return { mark }
    const { processID: number } = client as pg.PoolClient & { readonly processID?: number | null }
    return this.#isPooled || typeof number !== 'number' ? null : { number }
  }

  async #run(statement: Sql): Promise<pg.QueryResult<Row>> {
    const client = await this.#connect()
    let broken: Error | undefined
    try {
      this.#onStatement()
      return await run(client, statement, this.#prepare, this.#markOf(client))
    } catch (error) {
      if (isBroken(error)) broken = error as Error
      throw errorOf(error, this.#backendOf(client))
    } finally {
      client.release(broken)
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw errorOf(error)
    }
  }

  async rows(statement: Sql): Promise<readonly Row[]> {
    return (await this.#run(statement)).rows
  }

  async row(statement: Sql): Promise<Row | undefined> {
    return (await this.#run(statement)).rows[0]
  }

  async change(statement: Sql): Promise<number> {
    return (await this.#run(statement)).rowCount ?? 0
  }

  /**
   * `work` inside a transaction that commits only while the node lives; again from its beginning where another one was
   * in the way. Where it rejects with `StoreUnreachable`, it may have committed all the same.
   */
  async transact<T>(node: number | null, work: (session: Session) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#transactOnce(node, work)
      } catch (error) {
        if (!isContended(error) || tries >= maxTries) throw error
      }
    }
  }

  async #transactOnce<T>(node: number | null, work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#connect()
    let broken: Error | undefined
    try {
      const mark = this.#markOf(client)
      const session = sessionOf(client, this.#prepare, mark, this.#onStatement)
      this.#onStatement()
      await client.query(
        `${mark}begin; set local statement_timeout = ${statementTimeoutMs}; set local lock_timeout = ${lockTimeoutMs};
         set local idle_in_transaction_session_timeout = ${idleTimeoutMs}`,
      )
      if (node !== null && (await session.row(fence(node))) === undefined) throw new Fenced()
      const result = await work(session)
      reach('before-commit')
      this.#onStatement()
      await client.query(`${mark}commit`)
      reach('after-commit')
      return result
    } catch (error) {
      broken = await client.query('rollback').then(
        () => undefined,
        (failure: unknown) => (failure instanceof Error ? failure : new Error(String(failure))),
      )
      throw errorOf(error, this.#backendOf(client))
    } finally {
      client.release(broken)
    }
  }

  /** Resolves when the server's process has nothing under way; one that does not end is made to. */
  async settled({ backend }: StoreUnreachable): Promise<void> {
    if (backend === null) return
    const isIts =
      'mark' in backend ? sql`starts_with(query, ${backend.mark})` : sql`pid = ${backend.number}::int`
    for (let waitedMs = 0; ; waitedMs += settleLookMs) {
      const row = await this.row(
        sql`select case when ${waitedMs >= settleMs} then pg_terminate_backend(pid) end as ended
          from pg_stat_activity where ${isIts} and usename = current_user and state <> 'idle'`,
      )
      if (row === undefined) return
      await new Promise((resolve) => setTimeout(resolve, settleLookMs))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end()
  }
}
