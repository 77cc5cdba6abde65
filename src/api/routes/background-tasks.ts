import { z } from 'zod'
import type { TaskKind } from '#core/background-task.ts'
import { notFound } from '#core/errors.ts'
import { listQuery, listResponse, pageOf } from '../listing.ts'
import { type AnyRoute, ok, route } from '../route.ts'
import { backgroundTaskList, backgroundTaskOut, taskStatus, taskType } from '../schemas/background-task.ts'
import { reference } from '../schemas/common.ts'
import { showTask } from '../show.ts'

const tag = 'Background Task'

export const backgroundTaskRoutes: readonly AnyRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/background-task',
    operationId: 'v1.background-task.list',
    tag,
    summary: 'List background tasks',
    access: 'organisation',
    query: z.object({ ...listQuery, status: taskStatus.optional(), task: taskType.optional() }),
    responses: { 200: { description: 'A page of tasks, newest first', schema: backgroundTaskList } },
    async handle({ caller, query }, { parts: { storage } }) {
      const page = pageOf(query, 'descending')
      // Kinds that this server never starts are asked for all the same: the list is empty then.
      const filter = { status: query.status ?? null, kind: (query.task ?? null) as TaskKind | null }
      return ok(
        listResponse(await storage.listTasks(caller.orgId, page, filter), page, ({ id }) => id, showTask),
      )
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/background-task/{task_id}',
    operationId: 'v1.background-task.get',
    tag,
    summary: 'Get a background task',
    access: 'organisation',
    params: z.object({ task_id: reference }),
    responses: { 200: { description: 'The task', schema: backgroundTaskOut } },
    async handle({ caller, params: { task_id } }, { parts: { storage } }) {
      const task = await storage.findTask(caller.orgId, task_id)
      if (task === null) throw notFound()
      return ok(showTask(task))
    },
  }),
]
