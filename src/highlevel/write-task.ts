import type { Changes } from '../lib/changes.ts'
import type { HighLevelApi } from './api.ts'
import { ifThere } from './if-there.ts'
import { readWritten } from './read-answer.ts'
import { type Task, taskAnswer, taskPath, tasksPath } from './tasks.ts'

/** What may be written to a task; `dueDate` in ISO 8601. A new one has to say whether it is completed. */
export type TaskInput = {
  title: string
  dueDate: string
  completed: boolean
  body?: string | undefined
  assignedTo?: string | undefined
}

type TaskKey = { contactId: string; taskId: string }

/** HighLevel docs: Create Task. */
export async function createTask(api: HighLevelApi, contactId: string, body: TaskInput): Promise<Task> {
  const call = { method: 'POST', path: tasksPath(contactId), version: '2021-07-28', body } as const
  return readWritten(taskAnswer, await api({ ...call, scope: 'contacts.write' })).task
}

/** Writes what is given and leaves the rest (HighLevel docs: Update Task). */
export async function updateTask(api: HighLevelApi, key: TaskKey, body: Changes<TaskInput>): Promise<Task> {
  const path = taskPath(key.contactId, key.taskId)
  const answer = await api({ method: 'PUT', path, version: '2021-07-28', body, scope: 'contacts.write' })
  return readWritten(taskAnswer, answer).task
}

/** Done, or open again (HighLevel docs: Update Task Completed). */
export async function setTaskCompleted(api: HighLevelApi, key: TaskKey, completed: boolean): Promise<Task> {
  const path = `${taskPath(key.contactId, key.taskId)}/completed`
  const call = { method: 'PUT', path, version: '2021-07-28', body: { completed } } as const
  return readWritten(taskAnswer, await api({ ...call, scope: 'contacts.write' })).task
}

/** False when it was gone already (HighLevel docs: Delete Task). */
export async function deleteTask(api: HighLevelApi, key: TaskKey): Promise<boolean> {
  const path = taskPath(key.contactId, key.taskId)
  const call = { method: 'DELETE', path, version: '2021-07-28', scope: 'contacts.write' } as const
  return (await ifThere(() => api(call))) !== undefined
}
