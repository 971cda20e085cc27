import { isDeepStrictEqual } from 'node:util'
import type { TenantDb } from '../db/database.ts'
import { readTaskFields, type Task } from '../highlevel/tasks.ts'
import { readWebhook } from '../highlevel/webhook-events.ts'
import { bodyPlace, type NewDelivery } from '../webhooks/delivery-store.ts'
import type { SeenTask } from './seen-task-store.ts'
import { contentsOf, fingerprintOf } from './task-contents.ts'
import type { TaskPlace } from './task-place.ts'
import { type Found, prepareFound } from './tell-found.ts'
import { listTold } from './told-store.ts'
import type { Visit, VisitDeps } from './visit.ts'

/** A task as it is now, undefined when it is gone; and as it was last seen, undefined when it never was. */
export type SeenNow = {
  taskId: string
  contactId: string | null
  before: SeenTask | undefined
  task: Task | undefined
}

export type JudgedTasks = {
  /** What nothing has told. */
  deliveries: NewDelivery[]
  open: SeenTask[]
  /** Ids of those that are not to be looked at any more. */
  gone: string[]
}

const TASK_EVENTS = ['TaskCreate', 'TaskUpdate', 'TaskComplete', 'TaskDelete']
/** How much earlier than what it tells a delivery may seem to have come. */
const SLACK_MS = 10 * 60_000

/** What happened to these tasks. Of the first pass nothing is told: they were there before. */
export async function judgeTasks(
  deps: VisitDeps,
  visit: Pick<Visit, 'tenantId' | 'locationId'>,
  place: TaskPlace,
  tasks: readonly SeenNow[],
): Promise<JudgedTasks> {
  const open = tasks.flatMap(({ taskId, contactId, task }) =>
    task && !task.completed ? [{ taskId, contactId, hash: fingerprintOf(task) }] : [],
  )
  const gone = tasks.filter(({ task }) => !task || task.completed).map(({ taskId }) => taskId)
  if (place.lastPassAt === null) return { deliveries: [], open, gone }
  const changed = tasks.filter(isChanged)
  const told = await eventsOf(deps, visit, deps.now() - place.lastPassAt + SLACK_MS, changed)
  const at = deps.platformClock()
  const found = changed.flatMap((one, index) =>
    whatHappened(one, place, told[index] ?? []).map((type) => ({ ...describe(one, place), type, at })),
  )
  return { deliveries: await prepareFound(deps, visit.locationId, found), open, gone }
}

const isChanged = ({ before, task }: SeenNow): boolean =>
  !before || !task || task.completed || fingerprintOf(task) !== before.hash

/** The same state may come back: it is another one in another pass. */
const describe = ({ taskId, contactId, task }: SeenNow, { passAt }: TaskPlace): Omit<Found, 'type' | 'at'> => ({
  recordId: taskId,
  contactId,
  mark: `${passAt}:${task ? fingerprintOf(task) : 'gone'}`,
})

/** The type of the event that is missing; none where it was told. */
function whatHappened({ task, contactId, before }: SeenNow, place: TaskPlace, told: readonly Event[]): string[] {
  const unlessTold = (type: string): string[] => (told.some((event) => event.type === type) ? [] : [type])
  if (!task) return contactId === null ? [] : unlessTold('TaskDelete')
  if (task.completed) return unlessTold('TaskComplete')
  if (before) return ['TaskUpdate']
  const creation = told.find((event) => event.type === 'TaskCreate')
  if (creation) return isWhole(creation, task) ? [] : ['TaskUpdate']
  const isOld = Date.parse(task.dateAdded ?? '') < (place.lastPassAt ?? 0) - SLACK_MS // completed once, and open again
  return [isOld ? 'TaskUpdate' : 'TaskCreate']
}

type Event = { type: string; payload: Record<string, unknown> }

/** Whether the event said all that there is to the task now. */
function isWhole({ payload }: Event, task: Task): boolean {
  const said = readTaskFields(payload)
  return said !== undefined && isDeepStrictEqual(contentsOf(said), contentsOf(task))
}

/** What was told of each of them, oldest first. */
async function eventsOf(
  deps: VisitDeps,
  { tenantId, locationId }: Pick<Visit, 'tenantId' | 'locationId'>,
  withinMs: number,
  tasks: readonly SeenNow[],
): Promise<Event[][]> {
  if (tasks.length === 0) return []
  const at = deps.platformClock()
  const probes = tasks.map(({ taskId, contactId }) => ({
    type: 'TaskDelete',
    recordId: taskId,
    contactId,
    mark: '',
    at,
  }))
  const prepared = await prepareFound(deps, locationId, probes)
  const keys = prepared.map(({ orderingKey }) => orderingKey)
  const events = await deps.database.asTenant(tenantId, async (db) => {
    const told = await listTold(db, { keys, types: TASK_EVENTS, withinMs, withBodies: true })
    return Promise.all(told.map((one) => openEvent(deps, db, one)))
  })
  return tasks.map(({ taskId }) => events.filter((event) => event?.recordId === taskId).flatMap((event) => event ?? []))
}

async function openEvent({ vault }: VisitDeps, db: TenantDb, { id, body }: { id: string; body: Buffer }) {
  return readWebhook(await vault.openBytes(db, bodyPlace({ tenantId: db.tenantId, id }), body))
}
