import { z } from 'zod'
import { canonicalJson } from '../lib/canonical-json.ts'
import { sha256Hex } from '../lib/hash.ts'
import { isTrouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

/** A task as HighLevel holds it now. Absent, null and empty mean the same: no value. */
export type Task = {
  id: string
  contactId: string | null
  title: string
  body: string
  assignedTo: string
  /** ISO 8601 with milliseconds; as it came where it is no time. */
  dueDate: string
  completed: boolean
  /** Milliseconds; null where nothing says it. */
  addedAt: number | null
}

const id = z.string().regex(/^[\w-]{1,64}$/)
const text = z
  .string()
  .nullish()
  .transform((value) => value?.trim() ?? '')
const time = text.transform((value) => (Number.isNaN(Date.parse(value)) ? value : new Date(value).toISOString()))

const task = z
  .object({
    id: id.nullish(),
    _id: id.nullish(), // seen in neither document nor sample: the items of the search have no described shape
    contactId: id.nullish().catch(null),
    title: text,
    body: text,
    assignedTo: text,
    dueDate: time,
    completed: z.boolean().nullish(),
    dateAdded: text.catch(''),
  })
  .transform((fields, context): Task => {
    const taskId = fields.id ?? fields._id
    if (!taskId) {
      context.addIssue('must have an id')
      return z.NEVER
    }
    const addedAt = Date.parse(fields.dateAdded)
    return {
      id: taskId,
      contactId: fields.contactId ?? null,
      title: fields.title,
      body: fields.body,
      assignedTo: fields.assignedTo,
      dueDate: fields.dueDate,
      completed: fields.completed ?? false,
      addedAt: Number.isNaN(addedAt) ? null : addedAt,
    }
  })

/** As many as the documents give as the default. */
export const TASK_PAGE = 25

/** A page of a location's tasks that are not completed, in an order that nothing says (HighLevel docs: Search Tasks). */
export async function searchOpenTasks(
  api: HighLevelApi,
  search: { locationId: string; skip: number },
): Promise<Task[]> {
  const { locationId, skip } = search
  const answer = await api({
    method: 'POST',
    path: `/locations/${encodeURIComponent(locationId)}/tasks/search`,
    version: '2021-07-28',
    scope: 'locations/tasks.readonly',
    body: { completed: false, limit: TASK_PAGE, skip },
  })
  return readAnswer(z.object({ tasks: z.array(task) }), answer).tasks
}

/** Undefined when it, or its contact, does not exist any more (HighLevel docs: Get Task). */
export async function findTask(
  api: HighLevelApi,
  wanted: { contactId: string; taskId: string },
): Promise<Task | undefined> {
  try {
    const answer = await api({
      method: 'GET',
      path: `/contacts/${encodeURIComponent(wanted.contactId)}/tasks/${encodeURIComponent(wanted.taskId)}`,
      version: '2021-07-28',
      scope: 'contacts.readonly',
    })
    return readAnswer(z.object({ task }), answer).task
  } catch (error) {
    if (isTrouble(error) && error.code === 'not_found') return undefined
    throw error
  }
}

/** What an event says of a task; undefined where it does not read as one. Events leave fields out. */
export const readTaskFields = (payload: Record<string, unknown>): Task | undefined => task.safeParse(payload).data

/** What a task says, in a form that shows whether it changed and nothing else. */
export const fingerprintOf = ({ addedAt, ...told }: Task): string => sha256Hex(canonicalJson(told))
