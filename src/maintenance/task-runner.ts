import type { BackgroundTask } from '#core/background-task.ts'
import type { Attempts, Catalogue, Tasks } from '#storage/storage.ts'

type TaskStore = Tasks &
  Pick<Attempts, 'applicationStats'> &
  Pick<Catalogue, 'findApplication' | 'listApplications'>

const replayModes = {
  'endpoint.recover': 'failed',
  'endpoint.replay': 'missing',
  'endpoint.bulk-replay': 'any',
} as const

/** One slice of every running task in turn. @returns whether any task is left */
export async function continueTasks(
  storage: TaskStore,
  onFailure: (task: BackgroundTask, error: unknown) => void,
): Promise<boolean> {
  const tasks = await storage.runningTasks()
  for (const task of tasks) {
    try {
      await continueTask(storage, task)
    } catch (error) {
      if (error instanceof Error && error.name === 'StoreUnavailable') throw error
      onFailure(task, error)
      await storage.finishTask(
        task.id,
        'failed',
        { ...task.data, error: 'it could not be carried out' },
        Date.now(),
      )
    }
  }
  return tasks.length > 0
}

async function continueTask(storage: TaskStore, task: BackgroundTask): Promise<void> {
  const { input } = task
  const now = Date.now()
  if (input.kind === 'application.stats') {
    await storage.finishTask(task.id, 'finished', await statsOf(storage, task, input), now)
    return
  }
  if (task.appId === null) throw new Error('a replay belongs to an application')
  const mode = replayModes[input.kind]
  const { done } = await storage.replaySlice(task.id, task.appId, input.endpointId, input.filter, mode, now)
  if (!done) return
  const { data } = (await storage.findTask(task.orgId, task.id)) ?? task
  await storage.finishTask(task.id, 'finished', data, now)
}

/** Messages delivered to each application in the period, by the counts of attempts. */
async function statsOf(
  storage: TaskStore,
  task: BackgroundTask,
  input: BackgroundTask['input'] & { readonly kind: 'application.stats' },
): Promise<Readonly<Record<string, unknown>>> {
  const statistics: { appId: string; appUid: string | null; messageDestinations: number }[] = []
  for await (const application of applicationsOf(storage, task.orgId, input.appIds)) {
    const rows = await storage.applicationStats(application.id, input.since, input.until)
    const messageDestinations = rows.reduce((sum, row) => sum + row.success + row.fail + row.canceled, 0)
    statistics.push({ appId: application.id, appUid: application.uid, messageDestinations })
  }
  return { statistics }
}

async function* applicationsOf(storage: TaskStore, orgId: string, appIds: readonly string[] | null) {
  if (appIds !== null) {
    for (const appId of appIds) {
      const application = await storage.findApplication(orgId, appId)
      if (application !== null) yield application
    }
    return
  }
  const filter = { excludeWithoutEndpoints: false, excludeWithDisabledEndpoints: false }
  for (let after: string | null = null; ;) {
    const page = { limit: 250, after, backwards: false, order: 'ascending' } as const
    const listed = await storage.listApplications(orgId, page, filter)
    if (listed.kind !== 'listed') return
    yield* listed.entries
    if (listed.done) return
    after = listed.entries.at(-1)?.id ?? null
  }
}
