import { z } from 'zod'
import { isTrouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
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
}

const text = z.string().nullish().catch(null)

const fields = z.object({
  contactId: text,
  title: text,
  body: text,
  assignedTo: text,
  dueDate: text,
  completed: z.boolean().nullish().catch(null),
})

const task = fields.extend({ id: z.string().min(1) })
/** Nothing describes what a search finds; seen elsewhere at the platform is either name for the id. */
const found = fields.extend({ id: text, _id: text })

const oneAnswer = z.object({ task })
const searchAnswer = z.object({ tasks: z.array(found) })

/** Undefined when there is none (any more). */
export async function findTask(
  api: HighLevelApi,
  { contactId, taskId }: { contactId: string; taskId: string },
): Promise<Task | undefined> {
  const path = `/contacts/${encodeURIComponent(contactId)}/tasks/${encodeURIComponent(taskId)}`
  try {
    const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'contacts.readonly' })
    return readTask(readAnswer(oneAnswer, answer).task)
  } catch (error) {
    if (isTrouble(error) && error.code === 'not_found') return undefined
    throw error
  }
}

/** What a search may be narrowed by, and which part of what it finds is wanted. */
export type TaskSearch = {
  contactId?: string[]
  assignedTo?: string[]
  completed?: boolean
  query?: string
  limit?: number
  skip?: number
}

/** Those of a location (HighLevel docs: Task Search Filter). In no order that is documented; 25 unless told. */
export async function searchTasks(api: HighLevelApi, locationId: string, search: TaskSearch): Promise<Task[]> {
  const path = `/locations/${encodeURIComponent(locationId)}/tasks/search`
  const request = { method: 'POST', path, version: '2021-07-28', body: search } as const
  const { tasks } = readAnswer(searchAnswer, await api({ ...request, scope: 'locations/tasks.readonly' }))
  return tasks.flatMap(({ id, _id, ...rest }) => {
    const known = id ?? _id
    return known ? [readTask({ ...rest, id: known })] : []
  })
}

const PAGE = 25
const MOST_PAGES = 8

/** For one whose contact is not known. By its title where that is known, since a search cannot name an id. */
export async function searchTask(
  api: HighLevelApi,
  { locationId, taskId, title }: { locationId: string; taskId: string; title: string | null },
): Promise<Task | undefined> {
  for (let page = 0; page < MOST_PAGES; page++) {
    const search = { ...(title && { query: title }), limit: PAGE, skip: page * PAGE }
    const tasks = await searchTasks(api, locationId, search)
    const match = tasks.find(({ id }) => id === taskId)
    if (match || tasks.length < PAGE) return match
  }
  return undefined
}

const readTask = (read: z.infer<typeof task>): Task => ({
  id: read.id,
  contactId: read.contactId ?? null,
  title: read.title ?? '',
  body: read.body ?? '',
  assignedTo: read.assignedTo ?? null,
  dueDate: read.dueDate ?? null,
  completed: read.completed ?? null,
})
