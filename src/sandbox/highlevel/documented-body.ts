import { randomUUID } from 'node:crypto'
import { DOCUMENTED_EVENTS } from './documented/documented-events.ts'
import type { About } from './documented/sample.ts'
import { newId } from './ids.ts'
import { findAdminId, getLocation } from './places.ts'
import type { World } from './world.ts'

/** Whom it is about, where that matters; a record and a contact that nobody has, and the first location otherwise. */
export type AboutWhom = Partial<Pick<About, 'locationId' | 'contactId' | 'recordId'>>

/** An event as its page documents it, in the envelope that all have. */
export function documentedBody(world: World, type: string, whom: AboutWhom): Record<string, unknown> {
  const sample = DOCUMENTED_EVENTS[type]
  if (sample === undefined) throw new Error(`No document knows ${type}.`)
  const [first] = world.locations.all()
  const { id: locationId, companyId } = getLocation(world, whom.locationId ?? first?.id ?? '')
  const at = new Date(world.now()).toISOString()
  const { appId } = world.registration
  return {
    type,
    appId,
    versionId: appId,
    ...sample({
      locationId,
      companyId,
      contactId: whom.contactId ?? newId(),
      recordId: whom.recordId ?? newId(),
      userId: findAdminId(world, locationId),
      at,
    }),
    timestamp: at,
    webhookId: randomUUID(),
  }
}
