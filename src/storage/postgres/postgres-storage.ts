import { hostname } from 'node:os'
import { reach } from '#lib/crash-point.ts'
import type { Cluster, Notice, Storage } from '../storage.ts'
import { type Database, Pool, type Row, type Session, type Transaction } from './database.ts'
import { Fenced } from './faults.ts'
import { Heartbeat } from './heartbeat.ts'
import { handedIn } from './handed-deliveries.ts'
import { giveAway, Lanes } from './lanes.ts'
import { migratePostgres } from './migrate.ts'
import { isNotice, Listener, newChannel, notifying, Teller, type Word } from './notices.ts'
import { relayOutbox } from './outbox.ts'
import { refuseHalfImportedPostgres } from './restore.ts'
import type { Sql } from './sql.ts'
import { verbs } from './verbs.ts'

export interface PostgresStorageOptions {
  readonly url: string
  /** For what a pooler must not hand on: the listener, the lease, migrations. The same as `url` where it is left out. */
  readonly directUrl?: string
  /** Connections for requests and lists, beside a few for sending and three for the node itself. */
  readonly connections?: number
  readonly prepare?: boolean
  /** Whether this node may own lanes. */
  readonly dispatches?: boolean
  /** How long this node is taken to live after it last said so. */
  readonly leaseMs?: number
  /** How many entries of a history one page of a list looks at. */
  readonly lookedAt?: number
  readonly onCommit?: (durationMs: number) => void
  readonly onStatement?: () => void
  readonly onError?: (error: unknown) => void
}

/**
 * What sends reaches its rows by indexes alone. Plans are kept: one that was made while a table was empty, and reads all
 * of it, would stay when it has filled up.
 */
const engineSettings = '-c enable_seqscan=off -c jit=off'

/**
 * Each statement costs as much as some ten rows, at both ends. Of several nodes each has a smaller share of the messages,
 * and needs longer to gather as many.
 */
const most = 128
const ofOne = { enough: 48, paceMs: 6 }
const ofMany = { enough: 64, paceMsOfEach: 8, maxPaceMs: 30 }

/** What sends has connections of its own: a burst of lists holds up no delivery. */
const engineConnections = 6

/** Joins the nodes on a database, which is migrated to this version first. Throws `StartRefused`. */
export async function openPostgresStorage(options: PostgresStorageOptions): Promise<Storage> {
  const { url, connections = 10, prepare = true } = options
  const { onCommit = () => {}, onStatement = () => {}, onError = () => {} } = options
  const { directUrl = url, leaseMs = 15_000 } = options
  await migratePostgres(directUrl)
  await using opened = new AsyncDisposableStack()
  const listeners: ((notice: Notice) => void)[] = []
  const announce = (notice: Notice): void => {
    if (notice.kind === 'deliveries-canceled')
      heartbeat.heardOfCancellation(notice.endpointId, notice.createdBefore)
    for (const listener of listeners) listener(notice)
  }
  const waitingListeners: (() => void)[] = []
  const waiting = (): void => {
    for (const listener of waitingListeners) listener()
  }
  const isPooled = directUrl !== url
  const requests = opened.use(
    new Pool({ url, max: connections, prepare, name: 'posthorn', isPooled, onStatement }),
  )
  const engine = opened.use(
    new Pool({
      url,
      max: engineConnections,
      prepare,
      name: 'posthorn engine',
      isPooled,
      onStatement,
      ...(isPooled ? {} : { settings: engineSettings }),
    }),
  )
  const lease = opened.use(
    new Pool({
      url: directUrl,
      max: 2,
      prepare: false,
      name: 'posthorn lease',
      onStatement,
      answerWithinMs: Math.max(1_000, leaseMs / 3),
    }),
  )
  const lanes = new Lanes()
  const channel = newChannel()
  const heartbeat: Heartbeat = new Heartbeat(
    lease,
    () => databases.engine,
    lanes,
    { name: `${hostname()}:${process.pid}`, channel, dispatches: options.dispatches ?? true, leaseMs },
    { notice: announce, failed: onError },
  )
  const isOne = (): boolean => heartbeat.memberCount === 1
  const paceMs = (): number =>
    isOne() ? ofOne.paceMs : Math.min(ofMany.maxPaceMs, ofMany.paceMsOfEach * heartbeat.memberCount)
  const teller = opened.use(
    new Teller(async (words) => {
      await requests.rows(notifyingOthers(heartbeat, words))
    }, paceMs),
  )
  const databases = {
    requests: databaseOn(requests, heartbeat, teller, announce, onCommit),
    engine: databaseOn(engine, heartbeat, teller, announce, onCommit),
  }
  const takeHanded = (notice: string): void => {
    const deliveries = handedIn(notice, heartbeat.node)
    const misled = deliveries.filter(({ endpointId }) => !lanes.owns(endpointId))
    if (misled.length > 0)
      teller.tell([
        { kind: 'lanes-given', lanes: misled.map(({ appId, endpointId }) => [appId, endpointId]) },
      ])
    announce({ kind: 'deliveries-handed', deliveries })
    heartbeat.repeatCancellations(deliveries)
  }
  const listener = opened.use(
    new Listener(directUrl, channel, () => heartbeat.node, {
      heard(words) {
        for (const word of words) {
          if (word.kind === 'lanes-given') heartbeat.takeGiven(word.lanes).catch(onError)
          else if (word.kind === 'nodes-changed') heartbeat.meetAgain().catch(onError)
          else if (word.kind === 'lanes-full') for (const id of word.endpointIds) lanes.setFull(id)
          else announce(shifted(word, -heartbeat.clockOffsetMs))
        }
      },
      handed: takeHanded,
      waiting,
      missed() {
        announce({ kind: 'notices-missed' })
        waiting()
      },
    }),
  )
  // Before it joins, so that it breaks off no import, and again when one would have met it.
  await refuseHalfImportedPostgres(requests)
  await listener.start()
  await heartbeat.start()
  opened.use(heartbeat)
  await refuseHalfImportedPostgres(requests)
  const cluster: Cluster = {
    get holdsLease() {
      return heartbeat.holdsLease
    },
    get hasOthers() {
      return !isOne()
    },
    get paceMs() {
      return paceMs()
    },
    owns: (endpointId) => lanes.owns(endpointId),
    misplacedLanes: (max) => lanes.misplaced(max, heartbeat.node),
    declareFull(full) {
      const endpointIds = lanes.toDeclareFull(full)
      if (endpointIds.length > 0) teller.tell([{ kind: 'lanes-full', endpointIds }])
    },
    giveAway: (given) => giveAway(databases.engine, lanes, given),
    retire: () => heartbeat.retire(),
  }
  const resources = opened.move()
  return {
    ...verbs(databases, lanes, directUrl, options.lookedAt),
    cluster,
    gathering: {
      get enough() {
        return isOne() ? ofOne.enough : ofMany.enough
      },
      most,
      get forMs() {
        return paceMs()
      },
    },
    outbox: {
      relay: relayOutbox(databases.engine, lanes),
      onWaiting(hear) {
        waitingListeners.push(hear)
      },
    },
    onNotice(hear) {
      listeners.push(hear)
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

function notifyingOthers({ node, clockOffsetMs }: Heartbeat, words: readonly Word[]): Sql {
  return notifying(
    node,
    words.map((word) => shifted(word, clockOffsetMs)),
  )
}

/** Instants pass between nodes by the database's clock. */
function shifted<W extends Word>(word: W, byMs: number): W {
  return word.kind === 'deliveries-due' ? { ...word, dueAt: word.dueAt + byMs } : word
}

function databaseOn(
  pool: Pool,
  heartbeat: Heartbeat,
  teller: Teller,
  announce: (notice: Notice) => void,
  onCommit: (durationMs: number) => void,
): Database {
  async function fenced<T>(work: () => Promise<T>): Promise<T> {
    const { node } = heartbeat
    const began = performance.now()
    try {
      const result = await work()
      onCommit(performance.now() - began)
      return result
    } catch (error) {
      if (error instanceof Fenced) await heartbeat.rejoin(node)
      throw error
    }
  }
  return {
    get node() {
      return heartbeat.node
    },
    get clockOffsetMs() {
      return heartbeat.clockOffsetMs
    },
    rows: (statement) => pool.rows(statement),
    row: (statement) => pool.row(statement),
    change: (statement) => pool.change(statement),
    settled: (error) => pool.settled(error),
    tell(words) {
      if (words.length > 0) teller.tell(words)
    },
    async transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
      let words: Word[] = []
      const result = await fenced(() =>
        pool.transact(heartbeat.node, async (session) => {
          words = []
          const value = await work(transactionOn(session, words))
          if (words.length > 0) await session.rows(notifyingOthers(heartbeat, words))
          return value
        }),
      )
      for (const word of words) if (isNotice(word)) announce(word)
      return result
    },
    async write(statement: Sql): Promise<readonly Row[]> {
      return await fenced(async () => {
        reach('before-commit')
        const rows = await pool.rows(statement)
        reach('after-commit')
        // Each begins with the fence: nothing comes back where it does not hold.
        if (rows.length === 0) throw new Fenced()
        return rows
      })
    },
  }
}

function transactionOn(session: Session, words: Word[]): Transaction {
  return Object.assign(Object.create(null) as object, session, {
    notice: (word: Word) => void words.push(word),
  })
}
