import { announce } from './announce.ts'
import { withoutEmpty } from './contact-view.ts'
import type { Contact, Task } from './data.ts'
import { newId } from './ids.ts'
import type { InstallDeps } from './installs.ts'
import type { World } from './world.ts'

export type NewTask = { title: string; dueDate: string; completed: boolean; body?: string; assignedTo?: string }

export function createTask(deps: InstallDeps, contact: Pick<Contact, 'id' | 'locationId'>, input: NewTask): Task {
  const { id: contactId, locationId } = contact
  const dateAdded = new Date(deps.world.now()).toISOString()
  const task = { ...withIsoDate(input), id: newId(), contactId, locationId, dateAdded }
  save(deps, task)
  tell(deps, 'TaskCreate', task)
  return task
}

/** There is no event for a changed task; only that it is done now is told. */
export function updateTask(deps: InstallDeps, before: Task, input: Partial<NewTask>): Task {
  const task = { ...before, ...withIsoDate(input) }
  save(deps, task)
  if (task.completed && !before.completed) tell(deps, 'TaskComplete', task)
  return task
}

export function deleteTask(deps: InstallDeps, task: Task): void {
  deps.world.tasks.remove(task)
  deps.world.changed()
  tell(deps, 'TaskDelete', task)
}

/** Read back, a time of day has milliseconds. */
const withIsoDate = <Input extends { dueDate?: string }>(input: Input): Input =>
  input.dueDate === undefined ? input : { ...input, dueDate: new Date(input.dueDate).toISOString() }

function save({ world }: InstallDeps, task: Task): void {
  world.tasks.put(task)
  world.changed()
}

function tell(deps: InstallDeps, type: 'TaskCreate' | 'TaskComplete' | 'TaskDelete', task: Task): void {
  const { locationId } = task
  announce(deps, { type, scope: 'contacts.readonly', locationId, fields: payloadOf(deps.world, type, task) })
}

/** HighLevel docs, task webhooks: whether it is completed is not among the fields. */
function payloadOf({ switches }: World, type: string, { completed, locationId, ...fields }: Task): object {
  const { body, contactId, ...seen } = fields
  return withoutEmpty(type === 'TaskCreate' && switches.newTasks === 'as seen' ? seen : fields)
}
