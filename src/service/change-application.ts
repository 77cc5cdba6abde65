import type { Application } from '#core/application.ts'
import { conflict, notFound } from '#core/errors.ts'
import type { Catalogue } from '#storage/storage.ts'
import { changeUntilFresh } from './change-until-fresh.ts'

/** Applies a change to the application as it is. Throws `Rejected` when it is gone, or its new uid is taken. */
export async function changeApplication(
  storage: Pick<Catalogue, 'findApplication' | 'replaceApplication'>,
  orgId: string,
  appId: string,
  change: Partial<Pick<Application, 'uid' | 'name' | 'throttleRate' | 'metadata'>>,
  now: number,
): Promise<Application> {
  const result = await changeUntilFresh(async () => {
    const current = await storage.findApplication(orgId, appId)
    if (current === null) throw notFound()
    const changed = { ...current, ...change, updatedAt: now, version: current.version + 1 }
    const { kind } = await storage.replaceApplication(changed)
    return { kind, changed }
  })
  if (result.kind === 'conflict') throw conflict('Another application has this uid')
  return result.changed
}
