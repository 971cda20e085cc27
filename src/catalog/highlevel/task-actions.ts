import { z } from 'zod'
import { joinRecordId } from '../../highlevel/record-of-contact.ts'
import { listSameTasks } from '../../highlevel/same-task.ts'
import { findTask } from '../../highlevel/tasks.ts'
import { createTask, deleteTask, setTaskCompleted, updateTask } from '../../highlevel/write-task.ts'
import type { Field } from '../../lib/field.ts'
import type { AnyPlatformAction, PlatformAction, PlatformContext } from '../platform-action.ts'
import { differing } from './differing.ts'
import { findTaskAction } from './find-task.ts'
import { erased, filled, flag, given, id, idOfContact, moment, optional, text, writing } from './inputs.ts'
import { type ByContact, keyOfContact, namesContact } from './key-of-contact.ts'
import { present, removedOr } from './results.ts'
import { taskRecord } from './task-record.ts'

const CONTACT: Field = { key: 'contactId', label: 'Contact', type: 'text' }
const TASK: Field = { key: 'taskId', label: 'Task', type: 'text', required: true }
const WRITTEN: Field[] = [
  { key: 'title', label: 'Title', type: 'text' },
  { key: 'dueDate', label: 'Due date', type: 'datetime' },
  { key: 'body', label: 'Description', type: 'text' },
  { key: 'assignedTo', label: 'Assigned to (user id)', type: 'text' },
]

const newTask = z.strictObject({
  contactId: id,
  title: filled,
  dueDate: moment,
  body: optional(text),
  assignedTo: optional(id),
  completed: optional(flag),
})

const createTaskAction: PlatformAction<z.infer<typeof newTask>> = {
  key: 'create_task',
  name: 'Create task',
  description: 'Adds a task with a due date to the contact.',
  object: 'task',
  scope: 'contacts.write',
  fields: [
    { ...CONTACT, required: true },
    ...WRITTEN.map((field) => ({ ...field, required: field.key === 'title' || field.key === 'dueDate' })),
    { key: 'completed', label: 'Completed already', type: 'boolean' },
  ],
  input: newTask,
  repeat: 'once',
  run: async ({ api }, { contactId, title, dueDate, body, assignedTo, completed }) => {
    const input = { title, dueDate, completed: completed ?? false, body: given(body), assignedTo: given(assignedTo) }
    const record = taskRecord(contactId, await createTask(api, contactId, input))
    return { id: record.id, effect: 'created', record }
  },
  lookup: async ({ api }, { contactId, title, dueDate }) => {
    const [task] = await listSameTasks(api, { contactId, title, dueDate })
    if (!task) return undefined
    const record = taskRecord(contactId, task)
    return { id: record.id, effect: 'created', record }
  },
}

const BY_ID = { taskId: idOfContact, contactId: optional(id) }

const changedTask = writing(['taskId', 'contactId'], {
  ...BY_ID,
  title: optional(filled),
  dueDate: optional(moment),
  body: optional(text),
  assignedTo: optional(id),
}).refine(({ taskId, contactId }) => namesContact(taskId, contactId), namesContact.message)

const updateTaskAction: PlatformAction<z.infer<typeof changedTask>> = {
  key: 'update_task',
  name: 'Update task',
  description: 'Writes title, due date, description or person of a task; whatever is left out stays.',
  object: 'task',
  scope: 'contacts.write',
  fields: [TASK, CONTACT, ...WRITTEN],
  input: changedTask,
  repeat: 'repeatable',
  run: async (context, { taskId, contactId, ...input }) => {
    const { key, task } = await readTask(context, { recordId: taskId, contactId })
    const { title, dueDate, assignedTo, body } = input
    const wanted = { title: given(title), dueDate: given(dueDate), assignedTo: given(assignedTo), body: erased(body) }
    const changes = differing(task, wanted)
    const after = changes ? await updateTask(context.api, { contactId: key.contactId, taskId: key.id }, changes) : task
    const record = taskRecord(key.contactId, after)
    return { id: record.id, effect: changes ? 'updated' : 'unchanged', record }
  },
}

const oneTask = z
  .strictObject(BY_ID)
  .refine(({ taskId, contactId }) => namesContact(taskId, contactId), namesContact.message)

type OneTask = z.infer<typeof oneTask>

const completing = (
  completed: boolean,
  about: Pick<PlatformAction<OneTask>, 'key' | 'name' | 'description'>,
): PlatformAction<OneTask> => ({
  ...about,
  object: 'task',
  scope: 'contacts.write',
  fields: [TASK, CONTACT],
  input: oneTask,
  repeat: 'repeatable',
  run: async (context, { taskId, contactId }) => {
    const { key, task } = await readTask(context, { recordId: taskId, contactId })
    const isSo = task.completed === completed
    const after = isSo
      ? task
      : await setTaskCompleted(context.api, { contactId: key.contactId, taskId: key.id }, completed)
    const record = taskRecord(key.contactId, after)
    return { id: record.id, effect: isSo ? 'unchanged' : 'updated', record }
  },
})

const deleteTaskAction: PlatformAction<OneTask> = {
  key: 'delete_task',
  name: 'Delete task',
  description: 'Deletes the task for good. To keep it, complete it instead.',
  object: 'task',
  scope: 'contacts.write',
  fields: [TASK, CONTACT],
  input: oneTask,
  repeat: 'repeatable',
  run: async ({ api }, { taskId, contactId }) => {
    const key = keyOfContact({ recordId: taskId, contactId })
    const wasThere = await deleteTask(api, { contactId: key.contactId, taskId: key.id })
    return removedOr(joinRecordId(key.contactId, key.id), wasThere)
  },
}

async function readTask({ api }: PlatformContext, named: ByContact) {
  const key = keyOfContact(named)
  return { key, task: present('task', await findTask(api, { contactId: key.contactId, taskId: key.id })) }
}

export const taskActions: AnyPlatformAction[] = [
  createTaskAction,
  updateTaskAction,
  completing(true, {
    key: 'complete_task',
    name: 'Complete task',
    description: 'Marks the task as done; one that is done already stays as it is.',
  }),
  completing(false, {
    key: 'reopen_task',
    name: 'Reopen task',
    description: 'Marks a task that was done as open again.',
  }),
  deleteTaskAction,
  findTaskAction,
]
