import type { AnyPlatformAction } from '../platform-action.ts'

/** What can be done with contacts, their tags, consent, campaigns and workflows. */
export const contactActions: AnyPlatformAction[] = []
