import type { SyncRecord } from '../sync/sides/side.ts'

/** One side's records, page by page. Every method throws `Trouble`. Cursors are texts of the reader's own. */
export type SourceReader = {
  /** Some of them from everywhere, for a plan; and how many there are, where that side says so. */
  sample(most: number): Promise<{ records: SourceRecord[]; total: number | null }>
  /** All of them, in an order that does not change: none is missed when others come and go meanwhile. */
  readAll(cursor: string | null): Promise<SourcePage>
  /** Those that may have changed, or been missed, since a moment by our clock. */
  readAgain(since: Date, cursor: string | null): Promise<SourcePage>
}

/** `cursor` null: that was all. A page may be empty and others follow. */
export type SourcePage = { records: SourceRecord[]; cursor: string | null; total: number | null }

export type SourceRecord = {
  id: string
  /** As read just now, where a list holds it whole. */
  record?: SyncRecord
}
