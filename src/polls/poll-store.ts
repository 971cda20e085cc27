import type { SystemDb, TenantDb } from '../db/database.ts'

/** Kinds of records that are looked at. */
const POLLED = ['contact', 'task'] as const
export type Polled = (typeof POLLED)[number]

/** How far one tenant's looking for one kind has come. */
export type Poll = {
  tenantId: string
  object: Polled
  /** Rises with each visit that stored something. */
  visit: number
  /** Each kind has its own form; null while nobody has looked. */
  place: unknown
  lookedAt: Date | null
  trouble: string | null
  troubles: number
  heardAt: Date | null
  silentVisits: number
  silentSince: Date | null
}

const COLUMNS = {
  tenantId: 'tenant_id',
  object: 'object',
  visit: 'visit',
  place: 'place',
  lookedAt: 'looked_at',
  trouble: 'trouble',
  troubles: 'troubles',
  heardAt: 'heard_at',
  silentVisits: 'silent_visits',
  silentSince: 'silent_since',
} as const

/**
 * Tenants who have a flow that is switched on and starts with such a record: those who are new are due at once, and of
 * those who have none any more nothing is kept, so that they begin anew.
 */
export async function enrolTenants(db: SystemDb, now: Date): Promise<void> {
  await db.sql.raw(
    `with wanted as (
       select distinct f.tenant_id, o.object
       from flows f
       join connections c on c.tenant_id = f.tenant_id and c.id = f.connection_id and c.status <> 'disconnected'
       join unnest(:objects::text[]) as o(object) on starts_with(f.trigger, 'highlevel.' || o.object || '_')
       where f.enabled
     ), gone as (
       delete from poll_cursors p
       where not exists (select from wanted w where w.tenant_id = p.tenant_id and w.object = p.object)
     )
     insert into poll_cursors (tenant_id, object, due_at) select tenant_id, object, :now from wanted
     on conflict do nothing`,
    { objects: [...POLLED], now },
  )
}

export type Due = Pick<Poll, 'tenantId' | 'object'>

/** What is due, the longest first, of tenants that can be asked; each tenant stands there once. */
export async function listDuePolls(db: SystemDb, now: Date, most: number): Promise<Due[]> {
  const { rows } = await db.sql.raw<{ rows: Due[] }>(
    `select distinct on (tenant_id) tenant_id as "tenantId", object from (
       select p.tenant_id, p.object, p.due_at from poll_cursors p
       join installations i on i.tenant_id = p.tenant_id and i.status in ('active', 'unclaimed')
       where p.due_at <= :now
       order by p.due_at limit :most) as due
     order by tenant_id, due_at`,
    { now, most },
  )
  return rows
}

export const findPoll = (db: TenantDb, object: Polled): Promise<Poll | undefined> =>
  db.sql('poll_cursors').where({ tenant_id: db.tenantId, object }).first(COLUMNS)

/**
 * Keeps what a visit came to. False when somebody else has kept something since the visit began: then nothing of this one may
 * be stored, and the transaction has to end in nothing.
 */
export async function keepVisit(
  db: TenantDb,
  seen: Poll,
  kept: { place: unknown; dueAt: Date; at: Date } & Pick<Poll, 'heardAt' | 'silentVisits' | 'silentSince'>,
): Promise<boolean> {
  const count = await db
    .sql('poll_cursors')
    .where({ tenant_id: db.tenantId, object: seen.object, visit: seen.visit })
    .update({
      visit: seen.visit + 1,
      place: JSON.stringify(kept.place),
      due_at: kept.dueAt,
      looked_at: kept.at,
      trouble: null,
      troubles: 0,
      heard_at: kept.heardAt,
      silent_visits: kept.silentVisits,
      silent_since: kept.silentSince,
    })
  return count === 1
}

/** The visit found nothing out. */
export const keepTrouble = (
  db: TenantDb,
  seen: Poll,
  { trouble, troubles, dueAt }: { trouble: string; troubles: number; dueAt: Date },
): Promise<number> =>
  db
    .sql('poll_cursors')
    .where({ tenant_id: db.tenantId, object: seen.object, visit: seen.visit })
    .update({ trouble, troubles, due_at: dueAt })

/** Tenants that the platform tells nothing although they change, and those of which nothing is found out. */
export const listPollTrouble = (
  db: SystemDb,
  { troubles, limit }: { troubles: number; limit: number },
): Promise<(Poll & { locationId: string })[]> =>
  db
    .sql('poll_cursors')
    .join('installations', 'installations.tenant_id', 'poll_cursors.tenant_id')
    .whereIn('installations.status', ['active', 'unclaimed'])
    .whereRaw('(silent_since is not null or troubles >= ?)', [troubles])
    .orderBy(['poll_cursors.tenant_id', 'object'])
    .limit(limit)
    .select({
      ...COLUMNS,
      tenantId: 'poll_cursors.tenant_id',
      locationId: 'installations.location_id',
    })

export const countPolls = async (db: SystemDb): Promise<number> => {
  const [row] = await db.sql('poll_cursors').count<{ count: number }[]>()
  return Number(row?.count)
}
