import { findTask, searchTasks, TASK_PAGE } from '../highlevel/tasks.ts'
import { inParallel } from '../lib/in-parallel.ts'
import { judgeTasks, type SeenNow } from './judge-tasks.ts'
import { findSeenTasks, forgetSeenTasks, forgetUnseenTasks, listUnseenTasks, saveSeenTasks } from './seen-task-store.ts'
import { readTaskPlace, type TaskPlace } from './task-place.ts'
import { lastHeard } from './told-store.ts'
import { type Step, storeStep, type Visit, type VisitDeps } from './visit.ts'

/** Of an account in which nothing moves one page is read each time; of one where something does, and at first, so many. */
const PAGES_WHEN_BUSY = 8
/** What is no longer in the list is read one by one. */
const MOST_MISSING = 20
const AT_ONCE = 4
const SLACK_MS = 60_000

/**
 * Looks which tasks were made, changed, completed or deleted without any event having told it: none tells that a task was
 * changed. Nothing says when a task was changed either, nor in which order tasks are listed, so the list of the open ones is
 * read through, over several visits where it is long, and each task compared with how it was last seen. What a whole pass did
 * not meet is read by itself before anything is told of it: pages shift while they are read. The first pass tells nothing.
 */
export async function pollTasks(deps: VisitDeps, visit: Visit): Promise<Step> {
  const pages = (await isBusy(deps, visit)) ? PAGES_WHEN_BUSY : 1
  let step: Step = { poll: visit.poll, found: 0, more: true }
  for (let page = 1; step.more && page <= pages; page++) step = await follow(step, readPage(deps, at(visit, step)))
  return isListRead(step) ? follow(step, lookForMissing(deps, at(visit, step))) : step
}

const at = (visit: Visit, { poll }: Step): Visit => ({ ...visit, poll })

const follow = async (before: Step, next: Promise<Step>): Promise<Step> => {
  const step = await next
  return { ...step, found: before.found + step.found }
}

const placeOf = (deps: VisitDeps, { poll }: Pick<Visit, 'poll'>): TaskPlace =>
  readTaskPlace(poll.place) ?? { passAt: deps.now(), lastPassAt: null, skip: 0 }

const isListRead = ({ poll }: Pick<Visit, 'poll'>): boolean => readTaskPlace(poll.place)?.skip === null

/** People who work in an account cause events; while there are none, a change may be found a little later. */
async function isBusy(deps: VisitDeps, { tenantId, poll }: Visit): Promise<boolean> {
  if (placeOf(deps, { poll }).lastPassAt === null || !poll.lookedAt) return true
  const withinMs = deps.now() - poll.lookedAt.getTime() + SLACK_MS
  return (await deps.database.asTenant(tenantId, (db) => lastHeard(db, withinMs))) !== null
}

/** `more`: the list goes on. */
async function readPage(deps: VisitDeps, visit: Visit): Promise<Step> {
  const place = placeOf(deps, visit)
  if (place.skip === null) return { poll: visit.poll, found: 0, more: false }
  const tasks = await searchTasks(visit.api, visit.locationId, { completed: false, skip: place.skip })
  const before = await deps.database.asTenant(visit.tenantId, (db) =>
    findSeenTasks(
      db,
      tasks.map(({ id }) => id),
    ),
  )
  const now = tasks.map((task): SeenNow => {
    const seen = before.find(({ taskId }) => taskId === task.id)
    return { taskId: task.id, contactId: task.contactId ?? seen?.contactId ?? null, before: seen, task }
  })
  const judged = await judgeTasks(deps, visit, place, now)
  const isThrough = tasks.length < TASK_PAGE
  const step = await storeStep(deps, visit, {
    place: isThrough ? { ...place, skip: null } : { ...place, skip: place.skip + tasks.length },
    deliveries: judged.deliveries,
    more: false,
    also: (db) => saveSeenTasks(db, judged.open, new Date(place.passAt)),
  })
  return { ...step, more: !isThrough }
}

/** What the pass did not meet; when there is no more of it, the next pass begins. */
async function lookForMissing(deps: VisitDeps, visit: Visit): Promise<Step> {
  const { tenantId, api } = visit
  const place = placeOf(deps, visit)
  const passAt = new Date(place.passAt)
  const isFirstPass = place.lastPassAt === null
  const missing = isFirstPass
    ? []
    : await deps.database.asTenant(tenantId, (db) => listUnseenTasks(db, passAt, MOST_MISSING))
  const now = await inParallel(missing, AT_ONCE, async (before): Promise<SeenNow> => {
    const { taskId, contactId } = before
    const task = contactId === null ? undefined : await findTask(api, { contactId, taskId })
    return { taskId, contactId, before, task }
  })
  const judged = await judgeTasks(deps, visit, place, now)
  const isThrough = missing.length < MOST_MISSING
  return storeStep(deps, visit, {
    place: isThrough ? { passAt: deps.now(), lastPassAt: place.passAt, skip: 0 } : place,
    deliveries: judged.deliveries,
    more: false,
    also: async (db) => {
      await saveSeenTasks(db, judged.open, passAt)
      await forgetSeenTasks(db, judged.gone)
      if (isFirstPass) await forgetUnseenTasks(db, passAt) // of a time before, when tasks were looked at as well
    },
  })
}
