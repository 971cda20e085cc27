import type { SystemDb } from '../db/database.ts'
import type { Installation, InstallationStatus } from './installation-store.ts'

/** An installation as far as it shows whether somebody has to do something about it. */
export type InstallationHealth = Pick<
  Installation,
  'tenantId' | 'companyId' | 'locationId' | 'userType' | 'status' | 'scopes' | 'refusedScopes' | 'uninstalledAt'
> & {
  /** When it came into this state, as the audit log has it; its creation where nothing is said. */
  since: Date
  tokensEndAt: Date | null
  /** When what is left of an uninstalled one was to be deleted; null once it is. */
  purgeAt: Date | null
  /** For a company: its locations that are installed or about to be. */
  dependants: number
}

export async function countInstallations(db: SystemDb): Promise<{ status: InstallationStatus; count: number }[]> {
  return db
    .sql('installations')
    .groupBy('status')
    .orderBy('status')
    .select('status', db.sql.raw('count(*)::int as count'))
}

/**
 * Those that may need something: everything but an active one with all its scopes and tokens that last, and one that left and
 * is kept or deleted as it should be.
 */
export async function listInstallationHealth(
  db: SystemDb,
  wanted: { scopes: readonly string[]; tokensEndBefore: Date; purgeDueBefore: Date; limit: number },
): Promise<InstallationHealth[]> {
  const { rows } = await db.sql.raw<{ rows: InstallationHealth[] }>(LIST, {
    needed: [...wanted.scopes],
    ends: wanted.tokensEndBefore,
    overdue: wanted.purgeDueBefore,
    limit: wanted.limit,
  })
  return rows
}

const LIST = `
select i.tenant_id as "tenantId", i.company_id as "companyId", i.location_id as "locationId",
       i.user_type as "userType", i.status, i.scopes, i.refused_scopes as "refusedScopes",
       i.uninstalled_at as "uninstalledAt", t.expires_at as "tokensEndAt",
       case when i.purged_at is null then i.purge_at end as "purgeAt",
       coalesce(
         (select max(a.at) from audit_entries a
          where a.tenant_id = i.tenant_id and a.details ->> 'is' = i.status and a.details ->> 'was' <> i.status),
         i.created_at) as since,
       (select count(*)::int from installations l
        where i.location_id is null and l.app_id = i.app_id and l.company_id = i.company_id
          and l.location_id is not null and l.status <> 'uninstalled') as dependants
from installations i left join installation_tokens t on t.tenant_id = i.tenant_id
where i.status not in ('active', 'uninstalled')
   or (i.status = 'uninstalled' and i.purged_at is null and i.purge_at < :overdue)
   or (i.status = 'active'
       and (t.expires_at < :ends or i.refused_scopes <> '{}'
            or (i.scopes <> '{}' and not i.scopes @> :needed::text[])))
order by i.created_at, i.tenant_id
limit :limit`
