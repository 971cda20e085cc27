import type { AnyPlatformAction } from '../platform-action.ts'
import { appointmentActions } from './appointment-actions.ts'
import { noteActions } from './note-actions.ts'
import { opportunityActions } from './opportunity-actions.ts'
import { taskActions } from './task-actions.ts'

/** What can be done with tasks, notes, appointments and opportunities. */
export const activityActions: AnyPlatformAction[] = [
  ...taskActions,
  ...noteActions,
  ...appointmentActions,
  ...opportunityActions,
]
