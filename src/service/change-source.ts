import { conflict, notFound } from '#core/errors.ts'
import type { Source } from '#core/source.ts'
import type { Sources } from '#storage/storage.ts'
import { changeUntilFresh } from './change-until-fresh.ts'

type SourceChange = Partial<
  Pick<Source, 'uid' | 'name' | 'type' | 'metadata' | 'sealedConfig' | 'sealedToken' | 'tokenHash'>
>

/** Applies a change to the source as it is. Throws `Rejected` when it is gone, or its new uid is taken. */
export async function changeSource(
  storage: Pick<Sources, 'findSource' | 'replaceSource'>,
  orgId: string,
  sourceId: string,
  change: (current: Source) => SourceChange,
  now: number,
): Promise<Source> {
  const result = await changeUntilFresh(async () => {
    const current = await storage.findSource(orgId, sourceId)
    if (current === null) throw notFound()
    const changed = { ...current, ...change(current), updatedAt: now, version: current.version + 1 }
    const { kind } = await storage.replaceSource(changed)
    return { kind, changed }
  })
  if (result.kind === 'conflict') throw conflict('Another source has this uid')
  return result.changed
}
