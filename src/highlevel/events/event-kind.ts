import type { z } from 'zod'
import type { PlatformTrigger } from './triggers.ts'

export type EventGroup =
  | 'lifecycle'
  | 'contact'
  | 'note'
  | 'task'
  | 'appointment'
  | 'opportunity'
  | 'campaign'
  | 'conversation'
  | 'location and user'
  | 'invoice'
  | 'order, product and price'
  | 'objects'
  | 'saas and voice'

/** What an event is about, in one noun. Each has a handler of its own. */
export type EventObject =
  | 'installation'
  | 'contact'
  | 'note'
  | 'task'
  | 'appointment'
  | 'opportunity'
  | 'campaign'
  | 'message'
  | 'conversation'
  | 'email'
  | 'location'
  | 'user'
  | 'invoice'
  | 'order'
  | 'product'
  | 'price'
  | 'object_schema'
  | 'record'
  | 'association'
  | 'relation'
  | 'saas_plan'
  | 'voice_call'

/** One documented type of webhook: how to read it, and what it leads to. */
export type EventKind = {
  type: string
  /** Other names that were seen for it, or by which its pages call it. */
  alsoSpelt: readonly string[]
  group: EventGroup
  object: EventObject
  /** What names the tenant. `altId` counts with altType `location` only; `id` is the location that the event is about. */
  tenant: 'locationId' | 'altId' | 'id' | 'companyId'
  /** Where the id of the record lies, and of the contact it belongs to; a dot leads into what is nested. */
  recordId: string
  contactId: string | null
  /** The scope without which the platform does not send it; `inferred` where no document says so, null where nobody knows. */
  needs: string | null
  inferred: boolean
  /** Events of one record in order, where its contact is not always named; else those of one contact. */
  ordered: 'by contact' | 'by record'
  /** Null for what is about the app itself. */
  trigger: PlatformTrigger | null
  /** What it tells beside that: a new record, or one that is done, is a changed one as well. */
  alsoTells: readonly PlatformTrigger[]
  /** What it may say: nothing is required, and what has a wrong type is left out (read-fields.ts). */
  fields: z.ZodObject
}

type Common = Pick<EventKind, 'group' | 'object' | 'fields'> &
  Partial<Pick<EventKind, 'tenant' | 'recordId' | 'contactId' | 'needs' | 'inferred' | 'ordered'>>

/** Kinds that have most in common: by type the trigger, and what differs. */
export const eventKinds = (
  common: Common,
  kinds: Record<string, { trigger: PlatformTrigger | null } & Partial<EventKind>>,
): EventKind[] =>
  Object.entries(kinds).map(([type, own]) => ({
    alsoSpelt: [],
    alsoTells: [],
    tenant: 'locationId',
    recordId: 'id',
    contactId: 'contactId',
    needs: null,
    inferred: false,
    ordered: 'by contact',
    ...common,
    ...own,
    type,
  }))
