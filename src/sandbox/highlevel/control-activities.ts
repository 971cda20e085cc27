import { type AppointmentInput, createAppointment, deleteAppointment, updateAppointment } from './appointments.ts'
import { type Calendar, calendarsOf } from './calendars.ts'
import type { Appointment, Contact, Note, Opportunity, Task } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { createNote, deleteNote, type NoteInput, updateNote } from './notes.ts'
import { createOpportunity, deleteOpportunity, updateOpportunity } from './opportunities.ts'
import type { OpportunityBody } from './opportunity-input.ts'
import { type Pipeline, pipelinesOf } from './pipelines.ts'
import { createTask, deleteTask, type NewTask, updateTask } from './tasks.ts'
import type { Switches } from './world.ts'

/** What people do with the tasks, notes and appointments of a contact. Events reach the app as from the screens. */
export function activityControl(deps: InstallDeps) {
  const { world } = deps
  const getContact = (id: string): Contact => found(world.contacts.get(id), `contact ${id}`)
  const getTask = (id: string): Task => found(world.tasks.get(id), `task ${id}`)
  const getNote = (id: string): Note => found(world.notes.get(id), `note ${id}`)
  const getAppointment = (id: string): Appointment => found(world.appointments.get(id), `appointment ${id}`)
  const getOpportunity = (id: string): Opportunity => found(world.opportunities.get(id), `opportunity ${id}`)
  return {
    tasks: (contactId: string): Task[] => world.tasks.list('contactId', contactId),
    createTask: (contactId: string, input: Partial<NewTask> & { title: string }): Task => {
      const dueDate = new Date(world.now() + DAY_MS).toISOString()
      return createTask(deps, getContact(contactId), { dueDate, completed: false, ...input })
    },
    /** Nothing is told of it, unless it completes the task. */
    updateTask: (taskId: string, input: Partial<NewTask>): Task => updateTask(deps, getTask(taskId), input),
    completeTask: (taskId: string): Task => updateTask(deps, getTask(taskId), { completed: true }),
    /** As when two contacts are merged. Whether the platform does so is not documented, nor that it tells of it. */
    moveTask: (taskId: string, contactId: string): void => {
      world.tasks.put({ ...getTask(taskId), contactId: getContact(contactId).id })
      world.changed()
    },
    deleteTask: (taskId: string): void => deleteTask(deps, getTask(taskId)),

    notes: (contactId: string): Note[] => world.notes.list('contactId', contactId),
    createNote: (contactId: string, input: NoteInput): Note => createNote(deps, getContact(contactId), input),
    updateNote: (noteId: string, input: Partial<NoteInput>): Note => updateNote(deps, getNote(noteId), input),
    deleteNote: (noteId: string): void => deleteNote(deps, getNote(noteId)),

    appointments: (contactId: string): Appointment[] => world.appointments.list('contactId', contactId),
    createAppointment: (contactId: string, input: AppointmentInput = {}): Appointment =>
      createAppointment(deps, getContact(contactId), input),
    updateAppointment: (appointmentId: string, input: AppointmentInput): Appointment =>
      updateAppointment(deps, getAppointment(appointmentId), input),
    deleteAppointment: (appointmentId: string): void => deleteAppointment(deps, getAppointment(appointmentId)),

    calendars: (locationId: string): Calendar[] => calendarsOf(locationId),

    opportunities: (contactId: string): Opportunity[] => world.opportunities.list('contactId', contactId),
    createOpportunity: (contactId: string, input: OpportunityBody & { name: string }): Opportunity =>
      createOpportunity(deps, getContact(contactId), input),
    updateOpportunity: (opportunityId: string, input: OpportunityBody): Opportunity =>
      updateOpportunity(deps, getOpportunity(opportunityId), input),
    deleteOpportunity: (opportunityId: string): void => deleteOpportunity(deps, getOpportunity(opportunityId)),
    pipelines: (locationId: string): Pipeline[] => pipelinesOf(locationId),

    /** Where the documents and what was seen differ, or say nothing. */
    setTaskHabits: (habits: Partial<Pick<Switches, 'newTasks' | 'taskSearchId'>>): void => {
      Object.assign(world.switches, habits)
    },
  }
}

const DAY_MS = 86_400_000

function found<Thing>(thing: Thing | undefined, name: string): Thing {
  if (thing === undefined) throw new Error(`There is no ${name}.`)
  return thing
}
