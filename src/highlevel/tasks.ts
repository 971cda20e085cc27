import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { ifThere } from './if-there.ts'
import { readAnswer } from './read-answer.ts'

/** A task as HighLevel holds it now. There is no status but `completed` (HighLevel docs: Tasks). */
export type Task = {
  id: string
  contactId: string | null
  title: string
  body: string
  assignedTo: string | null
  /** ISO 8601. */
  dueDate: string | null
  /** Null where it was not said. */
  completed: boolean | null
  /** ISO 8601; said by its events, and perhaps by a search. */
  dateAdded: string | null
}

const id = z.string().regex(/^[\w-]{1,64}$/)
const text = z.string().nullish().catch(null)

/** A field that vanished or changed its type costs that field alone; without an id it is no task. */
const task = z
  .object({
    id: id.nullish(),
    _id: id.nullish(), // nothing describes what a search finds; seen elsewhere at the platform is either name
    contactId: id.nullish().catch(null),
    title: text,
    body: text,
    assignedTo: text,
    dueDate: text,
    completed: z.boolean().nullish().catch(null),
    dateAdded: text,
  })
  .transform((read, context): Task => {
    const known = read.id ?? read._id
    if (!known) {
      context.addIssue({ code: 'custom', path: ['id'] })
      return z.NEVER
    }
    return {
      id: known,
      contactId: read.contactId ?? null,
      title: read.title ?? '',
      body: read.body ?? '',
      assignedTo: read.assignedTo ?? null,
      dueDate: read.dueDate ?? null,
      completed: read.completed ?? null,
      dateAdded: read.dateAdded ?? null,
    }
  })

export const taskAnswer = z.object({ task })
const tasksAnswer = z.object({ tasks: z.array(task) })

export const tasksPath = (contactId: string): string => `/contacts/${encodeURIComponent(contactId)}/tasks`
export const taskPath = (contactId: string, taskId: string): string =>
  `${tasksPath(contactId)}/${encodeURIComponent(taskId)}`

/** Undefined when it, or its contact, does not exist (any more) (HighLevel docs: Get Task). */
export const findTask = (
  api: HighLevelApi,
  { contactId, taskId }: { contactId: string; taskId: string },
): Promise<Task | undefined> =>
  ifThere(async () => {
    const path = taskPath(contactId, taskId)
    const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'contacts.readonly' })
    return readAnswer(taskAnswer, answer).task
  })

/** All tasks of a contact: there are no pages (HighLevel docs: Get all Tasks). */
export async function listTasks(api: HighLevelApi, contactId: string): Promise<Task[]> {
  const path = tasksPath(contactId)
  const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'contacts.readonly' })
  return readAnswer(tasksAnswer, answer).tasks
}

/** What a search may be narrowed by, and where the page that is wanted begins. */
export type TaskSearch = {
  contactId?: string[]
  assignedTo?: string[]
  completed?: boolean
  query?: string
  skip?: number
}

/** As many as the documents give as the default. A page with fewer is the last one. */
export const TASK_PAGE = 25

/** A page of a location's (HighLevel docs: Search Tasks), in no order that is documented. */
export async function searchTasks(api: HighLevelApi, locationId: string, search: TaskSearch): Promise<Task[]> {
  const path = `/locations/${encodeURIComponent(locationId)}/tasks/search`
  const request = { method: 'POST', path, version: '2021-07-28', body: { ...search, limit: TASK_PAGE } } as const
  return readAnswer(tasksAnswer, await api({ ...request, scope: 'locations/tasks.readonly' })).tasks
}

const MOST_PAGES = 8

/** For one whose contact is not known. By its title where that is known, since a search cannot name an id. */
export async function searchTask(
  api: HighLevelApi,
  { locationId, taskId, title }: { locationId: string; taskId: string; title: string | null },
): Promise<Task | undefined> {
  for (let page = 0; page < MOST_PAGES; page++) {
    const tasks = await searchTasks(api, locationId, { ...(title && { query: title }), skip: page * TASK_PAGE })
    const match = tasks.find((one) => one.id === taskId)
    if (match || tasks.length < TASK_PAGE) return match
  }
  return undefined
}

/** What an event says of a task; undefined where it does not read as one. Events leave fields out. */
export const readTaskFields = (payload: Record<string, unknown>): Task | undefined => task.safeParse(payload).data
