import { minutesKeptMs } from '#core/traffic.ts'
import type { Database } from './database.ts'

/** Rows that go in one transaction, which publishing waits for. */
const sliceSize = 100

/** Of 4 KiB, given back in one transaction. */
const pagesGivenBack = 100

/** Of the file, that stays for what comes next: one out of so many pages. */
const spareShare = 10

/**
 * Drops what is older than the retention from the front of each table, and gives the space back to the disk. Messages
 * that a delivery still needs are passed once a round, however many there are.
 */
export function dropHistory(db: Database): (now: number | null, retentionMs: number) => boolean {
  const dropAttempts = attemptDropper(db)
  const dropMessages = messageDropper(db)
  const count = 'app_id, endpoint_id, hour_at, event_type'
  const dropCounts = db.prepare(
    `delete from attempt_count where (${count}) in (
       select ${count} from attempt_count where hour_at < ? limit ${sliceSize})`,
  )
  const dropTasks = db.prepare(
    `delete from background_task where seq in (
       select seq from background_task where status <> 'running' and updated_at <= ? limit ${sliceSize})`,
  )
  const minute = 'org_id, at, node'
  const dropMinutes = db.prepare(
    `delete from minute where (${minute}) in (select ${minute} from minute where at < ? limit ${sliceSize})`,
  )
  const giveSpaceBack = spaceGiver(db)

  return (now, retentionMs) => {
    const at = now ?? Date.now()
    const until = at - retentionMs
    // Some of each kind: none waits for another to come to an end.
    const isLeft = [
      dropAttempts(until),
      dropMessages(until),
      Number(dropCounts.run(until).changes) === sliceSize,
      Number(dropTasks.run(until).changes) === sliceSize,
      Number(dropMinutes.run(Math.max(until, at - minutesKeptMs)).changes) === sliceSize,
    ].includes(true)
    return giveSpaceBack() || isLeft
  }
}

/** Attempts lie in the order in which they were made, so that the old ones are in front. */
function attemptDropper(db: Database): (until: number) => boolean {
  const drop = db.prepare(
    `delete from attempt where seq in (select seq from attempt order by seq limit ${sliceSize})
       and started_at <= ?`,
  )
  return (until) => Number(drop.run(until).changes) > 0
}

/**
 * Messages go with all their attempts. The newest of all stays: sequences go on from it after a start, and none is given
 * twice.
 */
function messageDropper(db: Database): (until: number) => boolean {
  const next = db.prepare(
    `select m.seq, m.app_id, m.created_at <= ? as is_old,
       exists (select 1 from delivery d where d.app_id = m.app_id and d.message_seq = m.seq)
       or exists (select 1 from fanout f where f.app_id = m.app_id and f.message_seq = m.seq) as is_needed
     from message m where m.seq > ? and m.seq < (select max(seq) from message)
     order by m.seq limit ${sliceSize}`,
  )
  const dropAttempts = db.prepare(
    `delete from attempt where seq in (
       select seq from attempt indexed by attempt_by_message where app_id = ? and message_seq = ? limit ?)`,
  )
  const dropMessage = db.prepare('delete from message where seq = ?')
  let cursor = 0

  return (until) => {
    let room = sliceSize
    const rows = next.all(until, cursor)
    for (const { seq, app_id: appId, is_old: isOld, is_needed: isNeeded } of rows) {
      if (isOld === 1 && isNeeded === 0) {
        room -= Number(dropAttempts.run(appId as string, seq as number, room).changes)
        if (room === 0) return true
        dropMessage.run(seq as number)
        room--
        if (room === 0) return true
      }
      cursor = seq as number
    }
    // Nothing old in a whole slice: nor is what follows, but for what a clock that was wrong has dated back.
    const isRoundDone = rows.length < sliceSize || rows.every(({ is_old: isOld }) => isOld === 0)
    if (isRoundDone) cursor = 0
    return !isRoundDone
  }
}

/** Pages that are free but for a spare share, a few at a time: the file shrinks when the log is folded into it. */
function spaceGiver(db: Database): () => boolean {
  const pages = db.prepare('pragma page_count')
  const freePages = db.prepare('pragma freelist_count')
  const shrink = db.prepare(`pragma incremental_vacuum(${pagesGivenBack})`)
  return () => {
    const free = freePages.get()?.freelist_count as number
    if (free * spareShare <= (pages.get()?.page_count as number)) return false
    shrink.all()
    return true
  }
}
