import type { Task } from './data.ts'

/** HighLevel's OpenAPI document of contacts: TaskSchema. */
export const taskView = ({ locationId, dateAdded, ...shown }: Task): Omit<Task, 'locationId' | 'dateAdded'> => shown
