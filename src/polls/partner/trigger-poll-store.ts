import type { SystemDb, TenantDb } from '../../db/database.ts'
import type { FieldValues } from '../../lib/field.ts'

/** How far asking one trigger of one connection, with one set of options, has come. */
export type TriggerPoll = {
  tenantId: string
  connectionId: string
  /** The key of the connector's trigger. */
  trigger: string
  optionsHash: string
  options: FieldValues
  /** Rises with each page that was stored. */
  visit: number
  /** Null while nobody has asked. */
  cursor: string | null
  lookedAt: Date | null
  /** Visits in a row that found nothing. */
  idle: number
  trouble: string | null
  troubles: number
  restartedAt: Date | null
}

const COLUMNS = {
  tenantId: 'trigger_polls.tenant_id',
  connectionId: 'trigger_polls.connection_id',
  trigger: 'trigger_polls.trigger',
  optionsHash: 'trigger_polls.options_hash',
  options: 'trigger_polls.options',
  visit: 'trigger_polls.visit',
  cursor: 'trigger_polls.cursor',
  lookedAt: 'trigger_polls.looked_at',
  idle: 'trigger_polls.idle',
  trouble: 'trigger_polls.trouble',
  troubles: 'trigger_polls.troubles',
  restartedAt: 'trigger_polls.restarted_at',
} as const

/** A trigger that can be polled, by the keys of the connector and of the trigger. */
export type Pollable = { partner: string; trigger: string }

/**
 * What flows that are switched on wait for: what is new is due at once, and of what nobody waits for any more nothing is
 * kept, so that it begins anew. Other options are another poll.
 */
export async function enrolTriggers(db: SystemDb, pollable: readonly Pollable[], now: Date): Promise<void> {
  await db.sql.raw(
    `with wanted as (
       select distinct f.tenant_id, f.connection_id, c.partner, substr(f.trigger, length(c.partner) + 2) as trigger,
         coalesce(v.definition -> 'options', '{}') as options
       from flows f
       join mapping_versions v on v.tenant_id = f.tenant_id and v.flow_id = f.id and v.version = f.mapping_version
       join connections c on c.tenant_id = f.tenant_id and c.id = f.connection_id and c.status <> 'disconnected'
       where f.enabled and starts_with(f.trigger, c.partner || '.')
     ), hashed as (
       select *, encode(sha256(convert_to(options::text, 'UTF8')), 'hex') as options_hash from wanted
     ), gone as (
       delete from trigger_polls p
       where not exists (
         select from hashed h where h.tenant_id = p.tenant_id and h.connection_id = p.connection_id
           and h.trigger = p.trigger and h.options_hash = p.options_hash)
     )
     insert into trigger_polls (tenant_id, connection_id, trigger, options_hash, options, due_at)
     select h.tenant_id, h.connection_id, h.trigger, h.options_hash, h.options, :now
     from hashed h join unnest(:partners::text[], :triggers::text[]) as t(partner, trigger) using (partner, trigger)
     on conflict do nothing`,
    { partners: pollable.map(({ partner }) => partner), triggers: pollable.map(({ trigger }) => trigger), now },
  )
}

export type DueConnection = Pick<TriggerPoll, 'tenantId' | 'connectionId'>

/** Connections that can be asked and of which something is due, the longest first. */
export async function listDueConnections(db: SystemDb, now: Date, most: number): Promise<DueConnection[]> {
  const { rows } = await db.sql.raw<{ rows: DueConnection[] }>(
    `select p.tenant_id as "tenantId", p.connection_id as "connectionId"
     from trigger_polls p
     join installations i on i.tenant_id = p.tenant_id and i.status in ('active', 'unclaimed')
     join connections c on c.tenant_id = p.tenant_id and c.id = p.connection_id and c.status = 'active'
     where p.due_at <= :now
     group by p.tenant_id, p.connection_id
     order by min(p.due_at)
     limit :most`,
    { now, most },
  )
  return rows
}

/** What is due of one connection, the longest first. */
export const listDueTriggers = (db: TenantDb, connectionId: string, now: Date): Promise<TriggerPoll[]> =>
  db
    .sql('trigger_polls')
    .where({ tenant_id: db.tenantId, connection_id: connectionId })
    .where('due_at', '<=', now)
    .orderBy(['due_at', 'trigger', 'options_hash'])
    .select(COLUMNS)

const keyOf = (db: TenantDb, { connectionId, trigger, optionsHash }: TriggerPoll) => ({
  tenant_id: db.tenantId,
  connection_id: connectionId,
  trigger,
  options_hash: optionsHash,
})

/**
 * Keeps how far a page came. False when somebody else has kept something since, or nobody waits for it any more: then nothing
 * of this page may be stored, and the transaction has to end in nothing.
 */
export async function keepPage(
  db: TenantDb,
  seen: TriggerPoll,
  kept: Pick<TriggerPoll, 'cursor' | 'idle' | 'restartedAt'> & { dueAt: Date; at: Date },
): Promise<boolean> {
  const count = await db
    .sql('trigger_polls')
    .where({ ...keyOf(db, seen), visit: seen.visit })
    .update({
      visit: seen.visit + 1,
      cursor: kept.cursor,
      idle: kept.idle,
      restarted_at: kept.restartedAt,
      due_at: kept.dueAt,
      looked_at: kept.at,
      trouble: null,
      troubles: 0,
    })
  return count === 1
}

/** The visit met trouble, though some of its pages may have been stored. */
export const keepPollTrouble = (
  db: TenantDb,
  poll: TriggerPoll,
  { trouble, dueAt }: { trouble: string; dueAt: Date },
): Promise<number> =>
  db
    .sql('trigger_polls')
    .where(keyOf(db, poll))
    .update({ trouble, troubles: db.sql.raw('troubles + 1'), due_at: dueAt })

/** It is looked at later, and nothing is wrong with it. */
export const postponePoll = (db: TenantDb, poll: TriggerPoll, dueAt: Date): Promise<number> =>
  db.sql('trigger_polls').where(keyOf(db, poll)).update({ due_at: dueAt })

/** Of connections that can be asked: what fails again and again, or should have been asked long ago. */
export const listStalledPolls = (
  db: SystemDb,
  { troubles, dueBefore, limit }: { troubles: number; dueBefore: Date; limit: number },
): Promise<(TriggerPoll & { partner: string; locationId: string | null })[]> =>
  db
    .sql('trigger_polls')
    .join('installations', 'installations.tenant_id', 'trigger_polls.tenant_id')
    .join('connections', {
      'connections.tenant_id': 'trigger_polls.tenant_id',
      'connections.id': 'trigger_polls.connection_id',
    })
    .whereIn('installations.status', ['active', 'unclaimed'])
    .where('connections.status', 'active')
    .whereRaw('(troubles >= ? or due_at < ?)', [troubles, dueBefore])
    .orderBy(['trigger_polls.tenant_id', 'trigger_polls.connection_id', 'trigger_polls.trigger'])
    .limit(limit)
    .select({ ...COLUMNS, partner: 'connections.partner', locationId: 'installations.location_id' })

export const countTriggerPolls = async (db: SystemDb): Promise<number> => {
  const [row] = await db.sql('trigger_polls').count<{ count: number }[]>()
  return Number(row?.count)
}
