import type { Actor } from '../audit/audit-entry.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { contactStatePlace } from '../flows/contact-state-store.ts'
import type { Clock } from '../lib/clock.ts'
import { basePlace } from '../sync/link-store.ts'
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
      yield page.map((record) => `${JSON.stringify({ kind: source.kind, ...record })}\n`).join('')
    }
  }
  yield `${JSON.stringify({ kind: 'end', records })}\n`
}

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
  const { body, base, known, ...rest } = row
  for (const [name, value] of Object.entries(rest)) if (Buffer.isBuffer(value)) rest[name] = value.toString('hex')
  if (Buffer.isBuffer(body)) {
    const place = bodyPlace({ tenantId: db.tenantId, id: String(row.id) })
    return { ...rest, body: payloadOf(await vault.openBytes(db, place, body)) }
  }
  if (Buffer.isBuffer(known)) {
    const place = contactStatePlace(db.tenantId, String(row.contact_id))
    return { ...rest, known: payloadOf(await vault.openBytes(db, place, known)) }
  }
  if (!Buffer.isBuffer(base)) return rest
  return { ...rest, base: payloadOf(await vault.openBytes(db, basePlace(db, linkOf(row)), base)) }
}

const linkOf = (row: Row) => ({
  connectionId: String(row.connection_id),
  object: row.object === 'label' ? ('label' as const) : ('contact' as const),
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
