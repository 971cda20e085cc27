import type { AnyPlatformAction } from '../platform-action.ts'

/** What can be done with tasks, notes, appointments and opportunities. */
export const activityActions: AnyPlatformAction[] = []
