import { activityActions } from './highlevel/activity-actions.ts'
import { contactActions } from './highlevel/contact-actions.ts'
import type { AnyPlatformAction } from './platform-action.ts'

/** Every action of the platform's side. */
export const PLATFORM_ACTIONS: readonly AnyPlatformAction[] = [...contactActions, ...activityActions]
