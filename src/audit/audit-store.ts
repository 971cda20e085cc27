import type { AnyDb, SystemDb } from '../db/database.ts'
import { type Actor, type AuditEntry, type AuditInput, canonicalEntry, GENESIS } from './audit-entry.ts'

/** Starts a tenant's chain. Nothing can be recorded for a tenant without one. */
export async function startAuditChain(db: AnyDb & { tenantId: string }): Promise<void> {
  await db.sql('audit_heads').insert({ tenant_id: db.tenantId }).onConflict('tenant_id').ignore()
}

/** Appends to the tenant's chain in the transaction in hand. */
export const recordAudit = (db: AnyDb & { tenantId: string }, entry: AuditInput): Promise<void> =>
  append(db, [{ tenantId: db.tenantId, ...entry }])

/** Appends one entry to the chain of each of several tenants, in the transaction in hand. Each tenant stands there once. */
export const recordAudits = (db: SystemDb, entries: (AuditInput & { tenantId: string })[]): Promise<void> =>
  append(db, entries)

/** One statement: the heads are moved on, and each entry is hashed onto the link that its head held. */
async function append(db: AnyDb, entries: (AuditInput & { tenantId: string })[]): Promise<void> {
  const { rowCount } = await db.sql.raw<{ rowCount: number }>(APPEND, {
    tenants: entries.map(({ tenantId }) => tenantId),
    times: entries.map(({ at }) => new Date(at).toISOString()),
    kinds: entries.map(({ actor }) => actor.kind),
    actors: entries.map(({ actor }) => actor.id),
    origins: entries.map(({ actor }) => actor.origin ?? null),
    actions: entries.map(({ action }) => action),
    targets: entries.map(({ target }) => target),
    fields: entries.map(({ fields }) => JSON.stringify(fields ?? [])),
    details: entries.map(({ details }) => JSON.stringify(details ?? {})),
    canonicals: entries.map((entry) => canonicalEntry(entry.tenantId, entry)),
  })
  if (rowCount !== entries.length) throw new Error('A tenant has no audit chain.')
}

const APPEND = `
with entry as (
  select * from unnest(:tenants::uuid[], :times::timestamptz[], :kinds::text[], :actors::text[], :origins::text[],
                       :actions::text[], :targets::text[], :fields::text[], :details::text[], :canonicals::text[])
    as t(tenant_id, at, actor_kind, actor_id, origin, action, target, fields, details, canonical)
), previous as (
  select tenant_id, seq, hash from audit_heads where tenant_id = any(:tenants) order by tenant_id for update
), link as (
  select entry.*, previous.seq + 1 as seq, hash as previous_hash,
         sha256(hash || int8send(previous.seq + 1) || convert_to(canonical, 'UTF8')) as hash
  from entry join previous using (tenant_id)
), head as (
  update audit_heads set seq = link.seq, hash = link.hash from link where audit_heads.tenant_id = link.tenant_id
)
insert into audit_entries
  (tenant_id, seq, at, actor_kind, actor_id, origin, action, target, fields, details, canonical, previous_hash, hash)
select tenant_id, seq, at, actor_kind, actor_id, origin, action, target,
       array(select jsonb_array_elements_text(fields::jsonb)), details::jsonb, canonical, previous_hash, hash
from link`

export type AuditFilter = { tenantId?: string; actor?: string; action?: string; before?: AuditCursor }

/** Where a page ended; the next one goes on behind it. */
export type AuditCursor = { at: Date; tenantId: string; seq: number }

/** Newest first, over all tenants. */
export async function listAuditEntries(db: SystemDb, filter: AuditFilter, limit: number): Promise<AuditEntry[]> {
  const query = db.sql('audit_entries').orderBy([
    { column: 'at', order: 'desc' },
    { column: 'tenant_id', order: 'desc' },
    { column: 'seq', order: 'desc' },
  ])
  if (filter.tenantId) query.where('tenant_id', filter.tenantId)
  if (filter.action) query.where('action', filter.action)
  if (filter.actor) query.where((either) => either.where('actor_id', filter.actor).orWhere('actor_kind', filter.actor))
  if (filter.before) {
    const { at, tenantId, seq } = filter.before
    query.whereRaw('(at, tenant_id, seq) < (?, ?, ?)', [at, tenantId, seq])
  }
  return (await query.limit(limit)).map(toEntry)
}

export async function listAuditActions(db: SystemDb): Promise<string[]> {
  return db.sql('audit_entries').distinct('action').orderBy('action').pluck('action')
}

/** Everyone who has a chain or a piece of one. */
export async function listAuditTenants(db: SystemDb): Promise<string[]> {
  const heads: string[] = await db.sql('audit_heads').pluck('tenant_id')
  const entries: string[] = await db.sql('audit_entries').distinct('tenant_id').pluck('tenant_id')
  return [...new Set([...heads, ...entries])].sort()
}

/** The last link of a chain; the first one's predecessor where there is none. */
export async function readAuditHead(db: SystemDb, tenantId: string): Promise<{ seq: number; hash: Buffer }> {
  const head = await db.sql('audit_heads').where({ tenant_id: tenantId }).first('seq', 'hash')
  return head ?? { seq: 0, hash: GENESIS }
}

/** The last link of every chain that is not empty, with the entry that it is of, if that is there. */
export async function listLastEntries(
  db: SystemDb,
): Promise<{ tenantId: string; seq: number; hash: Buffer; entry: AuditEntry | undefined }[]> {
  const heads = await db.sql('audit_heads').where('seq', '>', 0).orderBy('tenant_id').select('tenant_id', 'seq', 'hash')
  const rows: AuditRow[] = await db
    .sql('audit_entries')
    .join('audit_heads', {
      'audit_heads.tenant_id': 'audit_entries.tenant_id',
      'audit_heads.seq': 'audit_entries.seq',
    })
    .select('audit_entries.*')
  const entries = new Map(rows.map((row) => [row.tenant_id, toEntry(row)]))
  return heads.map(({ tenant_id: tenantId, seq, hash }) => ({ tenantId, seq, hash, entry: entries.get(tenantId) }))
}

/** Reads as if the world stood still: what is appended meanwhile is not seen. */
export const atOneMoment = <T>(db: SystemDb, read: (db: SystemDb) => Promise<T>): Promise<T> =>
  db.sql.transaction((sql) => read({ sql }), { isolationLevel: 'repeatable read', readOnly: true })

/** One chain in order, in pages, so that a long log never has to fit into memory. */
export async function* readAuditChain(db: SystemDb, tenantId: string): AsyncGenerator<AuditEntry> {
  for (let after = 0; ; ) {
    const rows = await db
      .sql('audit_entries')
      .where({ tenant_id: tenantId })
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(1000)
    for (const row of rows) yield toEntry(row)
    const last = rows.at(-1)
    if (!last) return
    after = last.seq
  }
}

type AuditRow = {
  tenant_id: string
  seq: number
  at: Date
  actor_kind: Actor['kind']
  actor_id: string
  origin: string | null
  action: string
  target: string
  fields: string[]
  details: AuditEntry['details']
  canonical: string
  previous_hash: Buffer
  hash: Buffer
}

const toEntry = (row: AuditRow): AuditEntry => ({
  tenantId: row.tenant_id,
  seq: row.seq,
  at: row.at,
  actor: { kind: row.actor_kind, id: row.actor_id, ...(row.origin !== null && { origin: row.origin }) },
  action: row.action,
  target: row.target,
  fields: row.fields,
  details: row.details,
  canonical: row.canonical,
  previousHash: row.previous_hash,
  hash: row.hash,
})
