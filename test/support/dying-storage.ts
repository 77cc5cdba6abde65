import type { Storage } from '#storage/storage.ts'
import { declareAllDead } from './test-database.ts'

/** A node takes over only what dead ones had: here it is declared dead itself, and goes on as another one. */
export function dyingFirst(storage: Storage, url: string): Storage {
  const recoverInterrupted: Storage['recoverInterrupted'] = async (now) => {
    await declareAllDead(url)
    await storage.probe().catch(() => {})
    return await storage.recoverInterrupted(now)
  }
  return { ...storage, cluster: storage.cluster, recoverInterrupted }
}
