import type { FieldValues } from '../../../lib/field.ts'
import { sha256Hex } from '../../../lib/hash.ts'

/** A row of a list or report, as far as it tells of something that happened. */
export type Row = {
  /** The same row has the same key in every sweep: short, and nothing personal. */
  key: string
  who: Who
  /** As ActiveTrail wrote it; null where it does not say. */
  at: string | null
  data: FieldValues
}

/** Whom it is about: the id of the object, or by what a contact has to be looked up. */
export type Who = { id: string } | { email: string } | { phone: string }

/** `total`: how many rows there are on all pages, where the list says so. */
export type Listed = { rows: Row[]; total?: number | undefined }

/** For rows that have no id of their own. */
export const keyOf = (...parts: unknown[]): string => sha256Hex(JSON.stringify(parts)).slice(0, 12)
