import type { HighLevelApi } from '../../highlevel/api.ts'
import { joinRecordId, splitRecordId } from '../../highlevel/record-of-contact.ts'
import { listSameTasks } from '../../highlevel/same-task.ts'
import { findTask, type Task } from '../../highlevel/tasks.ts'
import { createTask, deleteTask, updateTask } from '../../highlevel/write-task.ts'
import type { Field, FieldValues } from '../../lib/field.ts'
import { activitySide } from './activity-side.ts'
import { asFlag, asText, momentOf } from './field-value.ts'
import type { Side, SyncRecord } from './side.ts'

export const TASK_FIELDS: readonly Field[] = [
  { key: 'contactId', label: 'Contact', type: 'text', readOnly: true },
  { key: 'title', label: 'Title', type: 'text', required: true },
  { key: 'body', label: 'Description', type: 'text' },
  { key: 'dueDate', label: 'Due date', type: 'datetime', required: true },
  { key: 'completed', label: 'Completed', type: 'boolean' },
  { key: 'assignedTo', label: 'Assigned to (user id)', type: 'text' },
]

/** Tasks of the platform. An id is `<contactId>/<taskId>`. When one was changed is said nowhere. */
export const highLevelTaskSide = ({ api }: { api: HighLevelApi }): Side =>
  activitySide({
    name: 'task',
    fields: TASK_FIELDS,
    erasable: ['body'],
    read: async (recordId) => {
      const { contactId, id } = splitRecordId(recordId)
      const task = await findTask(api, { contactId, taskId: id })
      return task && taskRecord(contactId, task)
    },
    listSame: async (contactId, { title, dueDate }) => {
      const wanted = { contactId, title: asText(title) ?? '', dueDate: asText(dueDate) ?? '' }
      return (await listSameTasks(api, wanted)).map((task) => taskRecord(contactId, task))
    },
    create: async (contactId, values) => {
      const { title = '', dueDate = '', completed = false, ...rest } = inputOf(values)
      return taskRecord(contactId, await createTask(api, contactId, { title, dueDate, completed, ...rest }))
    },
    update: async (recordId, values) => {
      const { contactId, id } = splitRecordId(recordId)
      return taskRecord(contactId, await updateTask(api, { contactId, taskId: id }, inputOf(values)))
    },
    remove: async (recordId) => {
      const { contactId, id } = splitRecordId(recordId)
      await deleteTask(api, { contactId, taskId: id })
    },
  })

const inputOf = ({ title, body, dueDate, completed, assignedTo }: FieldValues) => ({
  title: asText(title),
  body: asText(body),
  dueDate: asText(dueDate),
  completed: asFlag(completed),
  assignedTo: asText(assignedTo),
})

export const taskRecord = (contactId: string, task: Task): SyncRecord => ({
  id: joinRecordId(contactId, task.id),
  fields: {
    contactId: contactId || null,
    title: task.title,
    body: task.body || null,
    dueDate: momentOf(task.dueDate),
    ...(task.completed !== null && { completed: task.completed }),
    assignedTo: task.assignedTo || null,
  },
  changedAt: null,
  isDeleted: false,
})
