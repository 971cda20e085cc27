import type { HighLevelApi } from './api.ts'
import { isSameMoment } from './same-moment.ts'
import { listTasks, type Task } from './tasks.ts'

/** Tasks of the contact with this title and due date: what a creation whose answer was lost would have made. */
export async function listSameTasks(
  api: HighLevelApi,
  { contactId, title, dueDate }: { contactId: string; title: string; dueDate: string },
): Promise<Task[]> {
  const tasks = await listTasks(api, contactId)
  return tasks.filter((task) => task.title.trim() === title.trim() && isSameMoment(task.dueDate, dueDate))
}
