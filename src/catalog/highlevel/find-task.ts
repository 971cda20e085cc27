import { z } from 'zod'
import { listTasks, type Task } from '../../highlevel/tasks.ts'
import type { PlatformAction } from '../platform-action.ts'
import { flag, id, optional, text } from './inputs.ts'
import { foundOr } from './results.ts'
import { taskRecord } from './task-record.ts'

const taskSearch = z.strictObject({ contactId: id, title: optional(text), completed: optional(flag) })

export const findTaskAction: PlatformAction<z.infer<typeof taskSearch>> = {
  key: 'find_task',
  name: 'Find task',
  description:
    'The task of the contact with this title that is due first; an open one, unless completed ones are asked for.',
  object: 'task',
  scope: 'contacts.readonly',
  fields: [
    { key: 'contactId', label: 'Contact', type: 'text', required: true },
    { key: 'title', label: 'Title', type: 'text' },
    { key: 'completed', label: 'Completed', type: 'boolean' },
  ],
  input: taskSearch,
  repeat: 'repeatable',
  run: async ({ api }, { contactId, title, completed }) => {
    const wanted = title?.trim().toLowerCase()
    const [task] = (await listTasks(api, contactId))
      .filter((one) => !wanted || one.title.trim().toLowerCase() === wanted)
      .filter((one) => (one.completed ?? false) === (completed ?? false))
      .toSorted((one, other) => dueAt(one) - dueAt(other))
    return foundOr('task', task && taskRecord(contactId, task))
  },
}

const dueAt = ({ dueDate }: Task): number => Date.parse(dueDate ?? '') || Number.MAX_SAFE_INTEGER
