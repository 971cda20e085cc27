import type { SystemDb } from '../db/database.ts'

export type DailyUse = { tenantId: string; account: string; used: number; most: number; until: Date }

/** Tenants that have used so much of their day's limit at the platform, those with the least left first. */
export const listNearDailyLimit = (
  db: SystemDb,
  { percent, limit }: { percent: number; limit: number },
): Promise<DailyUse[]> =>
  db
    .sql('call_permits as p')
    .leftJoin('installations as i', 'i.tenant_id', 'p.tenant_id')
    .whereRaw('p.day_until > clock_timestamp() and p.day_used::bigint * 100 >= p.day_most::bigint * ?', [percent])
    .orderByRaw('p.day_used::float8 / p.day_most desc, p.tenant_id')
    .limit(limit)
    .select({
      tenantId: 'p.tenant_id',
      account: db.sql.raw(
        `case when i.location_id is not null then 'Location ' || i.location_id else 'Company ' || coalesce(i.company_id, 'unknown') end`,
      ),
      used: 'p.day_used',
      most: 'p.day_most',
      until: 'p.day_until',
    })
