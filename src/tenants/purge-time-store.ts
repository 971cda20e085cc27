import type { SystemDb, TenantDb } from '../db/database.ts'
import type { InstallationStatus } from './installation-store.ts'

/** When the data of an uninstalled tenant is to be deleted, when that was begun (with its key), and when it was done. */
export type PurgeTimes = {
  status: InstallationStatus
  purgeAt: Date | null
  begunAt: Date | null
  purgedAt: Date | null
}

const COLUMNS = { status: 'status', purgeAt: 'purge_at', begunAt: 'purge_begun_at', purgedAt: 'purged_at' } as const

export const findPurgeTimes = (db: TenantDb): Promise<PurgeTimes | undefined> =>
  db.sql('installations').where({ tenant_id: db.tenantId }).first(COLUMNS)

/** A departure that is told of again may bring the end nearer, not put it off. */
export async function schedulePurge(db: TenantDb, at: Date): Promise<void> {
  await db
    .sql('installations')
    .where({ tenant_id: db.tenantId })
    .update({ purge_at: db.sql.raw('least(purge_at, :at::timestamptz)', { at }) })
}

/** Whoever has come back begins a new story. */
export async function forgetPurge(db: TenantDb): Promise<void> {
  const nothing = { purge_at: null, purge_begun_at: null, purged_at: null }
  await db.sql('installations').where({ tenant_id: db.tenantId }).update(nothing)
}

export async function markPurgeBegun(db: TenantDb, at: Date): Promise<void> {
  await db.sql('installations').where({ tenant_id: db.tenantId }).update({ purge_begun_at: at })
}

/**
 * Leaves ids, the state and its times of an installation. Every detail counts as said when the app was uninstalled, so that
 * older news does not bring it back.
 */
export async function stripInstallation(db: TenantDb, at: Date): Promise<void> {
  const names = ['companyId', 'versionId', 'planId', 'companyName', 'whiteLabelDomain', 'installedBy']
  await db
    .sql('installations')
    .where({ tenant_id: db.tenantId })
    .update({
      purged_at: at,
      scopes: [],
      version_id: null,
      plan_id: null,
      company_name: null,
      white_label_domain: null,
      account_name: null,
      account_name_read_at: null,
      installed_by: null,
      details_at: db.sql.raw(
        `(select jsonb_object_agg(name, (extract(epoch from uninstalled_at) * 1000)::bigint) from unnest(:names::text[]) name)`,
        { names },
      ),
    })
}

/** Tenants whose time has come; and those purged lately, for what a process stored that still had the old key at hand. */
export const listDueForPurge = (db: SystemDb, due: { now: Date; purgedSince: Date }): Promise<string[]> =>
  db
    .sql('installations')
    .where({ status: 'uninstalled' })
    .where((either) =>
      either
        .where((first) => first.whereNull('purged_at').where('purge_at', '<=', due.now))
        .orWhere('purged_at', '>', due.purgedSince),
    )
    .orderBy('purge_at')
    .limit(1000)
    .pluck('tenant_id')
