import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { id, text } from './field-types.ts'

/**
 * HighLevel docs: Task Create, Complete, Delete; there is none for a changed task. A new one was seen without `contactId` and
 * `body` (issue 332), so its events are kept in order by the task.
 */
const fields = z.object({
  id,
  contactId: id,
  title: text,
  body: text,
  assignedTo: id,
  dateAdded: text,
  dueDate: text,
})

const common = { group: 'task', object: 'task', needs: 'contacts.readonly', ordered: 'by record', fields } as const

export const taskKinds: readonly EventKind[] = eventKinds(common, {
  TaskCreate: { trigger: 'highlevel.task_created', alsoTells: ['highlevel.task_changed'] },
  TaskComplete: { trigger: 'highlevel.task_completed', alsoTells: ['highlevel.task_changed'] },
  TaskDelete: { trigger: 'highlevel.task_deleted' },
})

/** Nobody sends it: what looking for changed tasks finds is told in this form. */
export const foundTaskKinds: readonly EventKind[] = eventKinds(common, {
  TaskUpdate: { trigger: 'highlevel.task_changed' },
})
