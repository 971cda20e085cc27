import type { Task } from '../highlevel/tasks.ts'
import { canonicalJson } from '../lib/canonical-json.ts'
import { sha256Hex } from '../lib/hash.ts'

/** What somebody wrote into a task. Absent, null and empty mean the same, and so do two ways to write one time. */
export const contentsOf = ({ title, body, assignedTo, dueDate }: Task) => ({
  title: title.trim(),
  body: body.trim(),
  assignedTo: assignedTo?.trim() ?? '',
  dueDate: timeOf(dueDate?.trim() ?? ''),
})

const timeOf = (text: string): string => (Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString())

/** In a form that shows whether a task changed and nothing else. */
export const fingerprintOf = (task: Task): string => {
  const { id, contactId, completed } = task
  return sha256Hex(canonicalJson({ id, contactId, completed: completed ?? false, ...contentsOf(task) }))
}
