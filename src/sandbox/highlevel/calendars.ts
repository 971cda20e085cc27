import { stableId } from './ids.ts'

export type Calendar = { id: string; locationId: string; name: string; isActive: boolean }

/** Every location has one that takes appointments and one that is only a draft. */
export const calendarsOf = (locationId: string): Calendar[] => [
  { id: stableId(`${locationId} calendar`), locationId, name: 'Meetings', isActive: true },
  { id: stableId(`${locationId} calendar drafted`), locationId, name: 'Not yet open', isActive: false },
]
