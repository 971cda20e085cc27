import type { Actor } from '../audit/audit-entry.ts'
import { readAuditHead, recordAudit } from '../audit/audit-store.ts'
import type { Database, TenantDb } from '../db/database.ts'
import { forgetJobs } from '../jobs/job-store.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { SealKey } from '../lib/seal.ts'
import { findInstallationForChange, getInstallation } from '../tenants/installation-store.ts'
import { findPurgeTimes, markPurgeBegun, stripInstallation } from '../tenants/purge-time-store.ts'
import { findWrappedKey } from '../tenants/tenant-key-store.ts'
import type { Vault } from '../tenants/vault.ts'
import { beginDeletion, countDeleted, type Deletion, findDeletion, issueCertificate } from './certificate-store.ts'
import { type DeletionClaims, signCertificate } from './deletion-certificate.ts'
import { deleteSome, PURGED_TABLES } from './purge-store.ts'

export type PurgeDeps = { database: Database; vault: Vault; now: Clock; masterKeys: readonly SealKey[] }

const BATCH = 1000

/**
 * Deletes everything of an uninstalled tenant whose time has come, its key first: from then on nothing of it can be read,
 * here or in a copy. Interrupted, it goes on where it was; done before, it deletes what came while another process still
 * had the key at hand. Returns the certificate; undefined where the tenant is installed, or its time has not come.
 */
export async function purgeTenant(
  deps: PurgeDeps,
  { tenantId, actor }: { tenantId: string; actor: Actor },
): Promise<string | undefined> {
  const deletion = await deps.database.asTenant(tenantId, (db) => begin(deps, db, actor))
  if (!deletion) return undefined
  for (const table of PURGED_TABLES) await empty(deps, tenantId, deletion, table)
  await deps.database.asSystem((db) => forgetJobs(db, tenantId, 'purge-tenant'))
  return deps.database.asTenant(tenantId, (db) => finish(deps, db, actor))
}

/** One transaction: a reinstallation comes before it, and everything is still there, or after it, and nothing is. */
async function begin(deps: PurgeDeps, db: TenantDb, actor: Actor): Promise<Deletion | undefined> {
  const installation = await findInstallationForChange(db)
  const times = await findPurgeTimes(db)
  if (!times || installation?.status !== 'uninstalled') return undefined
  if (times.begunAt) return findDeletion(db)
  const now = deps.now()
  if (!times.purgeAt || times.purgeAt.getTime() > now) return undefined
  const key = await findWrappedKey(db)
  const begunAt = new Date(now)
  await markPurgeBegun(db, begunAt)
  await beginDeletion(db, { id: newId(), begunAt, keyId: key?.id ?? null, masterKey: key?.masterKid ?? null })
  await recordAudit(db, {
    action: 'tenant.purge_begun',
    actor,
    target: `installation/${db.tenantId}`,
    details: { key: key?.id ?? 'none' },
    at: now,
  })
  const deletion = await findDeletion(db)
  await deps.vault.destroyKey(db)
  return deletion
}

/** In batches, each with its count, so that no statement runs long and nothing is counted twice. */
async function empty(
  deps: PurgeDeps,
  tenantId: string,
  deletion: Deletion,
  table: (typeof PURGED_TABLES)[number],
): Promise<void> {
  for (let deleted = BATCH; deleted === BATCH; ) {
    deleted = await deps.database.asTenant(tenantId, async (db) => {
      if (!(await isStillGone(db, deletion))) return 0
      const count = await deleteSome(db, table, BATCH)
      if (count > 0 && deletion.certificate === null) await countDeleted(db, deletion.id, table.table, count)
      return count
    })
  }
}

/** Locks the tenant: two that purge it take turns, and whoever has come back keeps what is new. */
async function isStillGone(db: TenantDb, { begunAt }: Deletion): Promise<boolean> {
  await findInstallationForChange(db)
  return (await findPurgeTimes(db))?.begunAt?.getTime() === begunAt.getTime()
}

async function finish(deps: PurgeDeps, db: TenantDb, actor: Actor): Promise<string | undefined> {
  await findInstallationForChange(db)
  const deletion = await findDeletion(db)
  if (!deletion || deletion.certificate !== null) return deletion?.certificate ?? undefined
  const at = deps.now()
  await stripInstallation(db, new Date(at))
  await recordAudit(db, {
    action: 'tenant.purged',
    actor,
    target: `installation/${db.tenantId}`,
    details: { certificate: deletion.id, ...deletion.rows },
    at,
  })
  const certificate = await signCertificate(deps.masterKeys, deletion.id, await claimsOf(db, deletion, at))
  await issueCertificate(db, { id: deletion.id, certificate, at: new Date(at) })
  return certificate
}

async function claimsOf(db: TenantDb, deletion: Deletion, at: number): Promise<DeletionClaims> {
  const { appId, companyId, locationId, uninstalledAt } = await getInstallation(db)
  const { seq, hash } = await readAuditHead(db, db.tenantId)
  return {
    tenant: db.tenantId,
    app: appId,
    company: companyId,
    location: locationId,
    uninstalled: uninstalledAt?.toISOString() ?? null,
    begun: deletion.begunAt.toISOString(),
    purged: new Date(at).toISOString(),
    rows: deletion.rows,
    key: deletion.keyId,
    masterKey: deletion.masterKey,
    audit: { seq, hash: hash.toString('hex') },
  }
}
