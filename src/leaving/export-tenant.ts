import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { contactStatePlace } from '../flows/contact-state-store.ts'
import type { Clock } from '../lib/clock.ts'
import { conflictPlace } from '../sync/conflict-store.ts'
import { basePlace } from '../sync/link-store.ts'
import { writePlace } from '../sync/write-store.ts'
import type { Vault } from '../tenants/vault.ts'
import { bodyPlace } from '../webhooks/delivery-store.ts'
import { type Row, readPage, SOURCES, type Source } from './export-store.ts'

export type ExportDeps = { database: Database; vault: Vault; now: Clock }

/**
 * Everything of a tenant that is not a key: one line of JSON for each record, what was sealed opened. The last line counts
 * the others, so that a file cut short is known for it. Read in short transactions as fast as it is taken.
 */
export async function* exportTenant(
  deps: ExportDeps,
  { tenantId, actor }: { tenantId: string; actor: Actor },
): AsyncGenerator<string> {
  const at = deps.now()
  await deps.database.asTenant(tenantId, (db) =>
    recordAudit(db, { action: 'tenant.exported', actor, target: `installation/${tenantId}`, at }),
  )
  let records = 0
  for (const source of SOURCES) {
    for await (const page of pagesOf(deps, tenantId, source)) {
      records += page.length
      yield page.map((record) => `${JSON.stringify(lineOf(source, record))}\n`).join('')
    }
  }
  yield `${JSON.stringify({ kind: 'end', records })}\n`
}

/** Some records have a kind of their own. */
const lineOf = ({ kind }: Source, { kind: own, ...record }: Row): Row => ({
  kind,
  ...(own !== undefined && { what: own }),
  ...record,
})

async function* pagesOf(deps: ExportDeps, tenantId: string, source: Source): AsyncGenerator<Row[]> {
  for (let after: Row | undefined; ; ) {
    const read = await deps.database.asTenant(tenantId, async (db) => {
      const rows = await readPage(db, source, after)
      return { last: rows.at(-1), records: await Promise.all(rows.map((row) => readable(deps.vault, db, row))) }
    })
    if (read.records.length > 0) yield read.records
    if (read.records.length < source.most || source.key.length === 0) return
    after = read.last
  }
}

/** Opens what is sealed, and writes hashes as hexadecimal. */
async function readable(vault: Vault, db: TenantDb, row: Row): Promise<Row> {
  const opened: Row = {}
  for (const [name, value] of Object.entries(row)) {
    const place = Buffer.isBuffer(value) ? PLACES[name]?.(db, row) : undefined
    if (Buffer.isBuffer(value))
      opened[name] = place ? payloadOf(await vault.openBytes(db, place, value)) : value.toString('hex')
    else opened[name] = value
  }
  return opened
}

/** Where what is sealed was sealed for, by column. */
const PLACES: Record<string, (db: TenantDb, row: Row) => string> = {
  body: ({ tenantId }, row) => bodyPlace({ tenantId, id: String(row.id) }),
  known: ({ tenantId }, row) => contactStatePlace(tenantId, String(row.contact_id)),
  base: (db, row) => basePlace(db, linkOf(row)),
  changes: (db, row) => writePlace(db, String(row.id)),
  details: (db, row) => conflictPlace(db, { connectionId: String(row.connection_id), kind: String(row.kind) }),
}

const linkOf = (row: Row) => ({
  connectionId: String(row.connection_id),
  object: String(row.object),
  highLevelId: String(row.highlevel_id),
})

/** Whoever sent it may not have sent JSON. */
function payloadOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return bytes.toString('utf8')
  }
}
