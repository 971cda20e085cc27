import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { id, ids, nested, text } from './field-types.ts'

/** HighLevel docs: Location Create, Location Update. The location is the record: no `locationId` names it. */
const locationFields = z.object({ id, companyId: id, name: text, email: text, stripeProductId: id })

/** HighLevel docs: User Create, User Update, User Delete. Of a location, or of a company. */
const userFields = z.object({
  id,
  companyId: id,
  firstName: text,
  lastName: text,
  email: text,
  phone: text,
  extension: text,
  role: text,
  permissions: nested,
  locations: ids,
})

export const locationAndUserKinds: readonly EventKind[] = [
  ...eventKinds(
    {
      group: 'location and user',
      object: 'location',
      tenant: 'id',
      contactId: null,
      needs: 'locations.readonly',
      fields: locationFields,
    },
    {
      LocationCreate: { trigger: 'highlevel.location_created' },
      LocationUpdate: { trigger: 'highlevel.location_changed' },
    },
  ),
  ...eventKinds(
    {
      group: 'location and user',
      object: 'user',
      contactId: null,
      needs: 'users.readonly',
      inferred: true,
      fields: userFields,
    },
    {
      UserCreate: { trigger: 'highlevel.user_created' },
      UserUpdate: { trigger: 'highlevel.user_changed' },
      UserDelete: { trigger: 'highlevel.user_deleted' },
    },
  ),
]
