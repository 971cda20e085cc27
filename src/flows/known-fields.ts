import type { Field } from '../lib/field.ts'

/** What a definition may speak of in one connection: filled from the catalogues of both sides as they were last read. */
export type KnownFields = {
  triggers: readonly KnownTrigger[]
  objects: readonly KnownObject[]
  operations: readonly KnownOperation[]
}

export type SideOfFlow = 'highlevel' | 'partner'

export type KnownTrigger = {
  /** `highlevel.contact_changed`, `activetrail.campaign_opened`. */
  key: string
  name: string
  side: SideOfFlow
  /** The key of the object that its events are about. */
  object: string
  /** What it has to be told. */
  options: readonly Field[]
  /** What its events say, by key without the `event.` before it. */
  fields: readonly Field[]
}

/** An object, on each side that has it. */
export type KnownObject = { key: string; name: string } & { [Side in SideOfFlow]: KnownSide | null }

export type KnownSide = {
  fields: readonly Field[]
  /** It can be made and written there, not read alone. */
  canSync: boolean
  canDelete: boolean
  canArchive: boolean
  canTag: boolean
}

export type KnownOperation = {
  /** `activetrail.add_to_group`, `highlevel.create_task`. */
  key: string
  name: string
  /** What its rows can set. */
  fields: readonly Field[]
}
