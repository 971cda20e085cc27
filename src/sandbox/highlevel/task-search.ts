import type { Task } from './data.ts'
import { unprocessable } from './refusal.ts'
import { bool, list, problemsOf, type Rules, text } from './rules.ts'
import { taskView } from './task-view.ts'
import type { World } from './world.ts'

export type TaskSearch = {
  contactId?: string[]
  completed?: boolean
  assignedTo?: string[]
  query?: string
  limit?: number
  skip?: number
}

const number = (value: unknown, name: string): string[] =>
  value === undefined || (typeof value === 'number' && Number.isInteger(value) && value >= 0)
    ? []
    : [`${name} must be a number conforming to the specified constraints`]

/** HighLevel's OpenAPI document of locations: TaskSearchParamsDto. */
const SEARCH: Rules = {
  contactId: list(text()),
  completed: bool,
  assignedTo: list(text()),
  query: text(),
  limit: number,
  skip: number,
  businessId: text(),
}

export function parseTaskSearch(body: unknown): TaskSearch {
  const problems = problemsOf(body, SEARCH, 'refused')
  if (problems.length > 0) throw unprocessable(problems)
  return (body ?? {}) as TaskSearch
}

/** In the order in which they were made: nothing says which the platform's is. */
export function searchTasks(world: World, locationId: string, search: TaskSearch): object[] {
  const { limit = 25, skip = 0 } = search
  const found = world.tasks.list('locationId', locationId).filter((task) => matches(task, search))
  return found.slice(skip, skip + limit).map((task) => itemView(world, task))
}

const matches = (task: Task, { contactId, completed, assignedTo, query }: TaskSearch): boolean =>
  isAmong(task.contactId, contactId) &&
  isAmong(task.assignedTo, assignedTo) &&
  (completed === undefined || task.completed === completed) &&
  task.title.toLowerCase().includes((query ?? '').toLowerCase())

const isAmong = (value: string | undefined, wanted: string[] = []): boolean =>
  wanted.length === 0 || (value !== undefined && wanted.includes(value))

/** Nothing describes the items. */
function itemView({ switches }: World, task: Task): object {
  const { id, ...rest } = taskView(task)
  return { [switches.taskSearchId]: id, ...rest, locationId: task.locationId }
}
