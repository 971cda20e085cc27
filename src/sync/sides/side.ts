import type { Field, FieldValues } from '../../lib/field.ts'

/** A record on one side, as the engine sees it, whichever side that is. */
export type SyncRecord = {
  id: string
  /** By field key. Absent: was not read and says nothing; null: known to be empty. */
  fields: FieldValues
  /** Names of its tags or labels; absent where they were not read or there are none. */
  labels?: string[]
  /** Channels on which the person must not be reached; absent where the object knows no consent. */
  consent?: Consent
  /** When it was last changed there, milliseconds; null where that side does not say. */
  changedAt: number | null
  /** It is there, and counts as deleted. */
  isDeleted: boolean
}

export type Consent = { all: boolean; email: boolean; sms: boolean }

/** What is to be written to one record. Only what is to change. */
export type SideWrite = {
  fields: FieldValues
  labels: { add: string[]; remove: string[] }
  /** Restrictions to be added: never takes one away. */
  consent: Partial<Consent>
}

export type Written = {
  id: string
  effect: 'created' | 'updated' | 'unchanged' | 'revived' | 'declined'
  /** One sentence for the owner. */
  note?: string | undefined
  /** The record after the write, as far as the side told; only fields that were read again are in it. */
  record?: SyncRecord | undefined
}

/**
 * One side of a pair: an object of the platform's or of a partner's. Every method throws `Trouble`; one whose outcome is
 * unknown says so (`outcomeUnknown`).
 */
export type Side = {
  /** Every field, also those of this account alone, with what may be written to it. */
  listFields(): Promise<Field[]>
  /** Undefined when there is none (any more). `withLabels`: they may take a call of their own. */
  read(id: string, wanted: { withLabels: boolean }): Promise<SyncRecord | undefined>
  /**
   * Everyone who could be meant, by tier: the strongest identity that anyone has decides. More than one is for the owner to
   * settle. `identity` holds the fields named in `identityFields`.
   */
  match(identity: FieldValues): Promise<SyncRecord[]>
  /** The strongest first. */
  identityFields: readonly string[]
  /** Whether a value can be emptied there. */
  erases: boolean
  /**
   * What of it this side would take: one value that it would refuse must not keep the others from arriving. `obstacle`: one
   * sentence why even the rest cannot be written.
   */
  fit(write: SideWrite, around: { isNew: boolean }): FittedWrite
  /** Without labels, unless `makesWithLabels`: those follow in an update. Safe to be repeated: finds by what identifies it before it makes a new one. */
  create(write: SideWrite, around: WriteAround): Promise<Written>
  /** It has its labels from the start: then they are not written in an update. */
  makesWithLabels?(around: WriteAround): boolean
  update(known: SyncRecord, write: SideWrite, around: WriteAround): Promise<Written>
  /** Absent where it cannot be done there. What is gone already counts as removed. */
  remove?(id: string): Promise<void>
  archive?(id: string): Promise<void>
}

export type FittedWrite = { write: SideWrite; leftOut: string[]; obstacle: string | null }

/** An attempt to make a record that may have succeeded: what it sent, when, in milliseconds, and what it made, if that is known. */
export type Unanswered = { sent: FieldValues; at: number; id: string | null }

export type WriteAround = {
  /** What nothing but its contents tells from others is looked for by these before it is made. */
  unanswered?: Unanswered[]
  /** It was looked for just now by what identifies it, and is not there. */
  isAbsent?: boolean

  /** A backfill: no automation is to be started by it. */
  quiet: boolean
  /** For records that belong to a contact: the platform's id of it. */
  contactId: string | null
  /** Asked before a record that was found by its identity is written. Rejects when it is another one's counterpart. */
  claim(id: string): Promise<void>
}
