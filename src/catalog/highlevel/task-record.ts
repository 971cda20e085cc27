import { joinRecordId } from '../../highlevel/record-of-contact.ts'
import type { Task } from '../../highlevel/tasks.ts'

/** As results have it: by an id that names its contact. */
export const taskRecord = (contactId: string, task: Task) => ({
  ...task,
  contactId,
  id: joinRecordId(contactId, task.id),
})
