import type { TenantDb } from '../db/database.ts'
import type { SideName } from './plan/record-plan.ts'
import type { Write } from './write-store.ts'

export type UnansweredPlace = {
  connectionId: string
  object: string
  /** Where something was to be made. */
  side: SideName
  /** No write before this id. */
  since: string
  most: number
  /** The record on the other side that it was made for; all of them, where it is left out. */
  madeFor?: string
}

export type UnansweredWrite = Pick<Write, 'id' | 'highLevelId' | 'partnerId' | 'changes' | 'openedAt'>

/** Creations of which nobody knows whether they took effect, the oldest first. */
export const listUnansweredCreations = (db: TenantDb, place: UnansweredPlace): Promise<UnansweredWrite[]> => {
  const { connectionId, object, side, since, most, madeFor } = place
  const source = side === 'highlevel' ? 'partner_id' : 'highlevel_id'
  return db
    .sql('writes')
    .where({ tenant_id: db.tenantId, connection_id: connectionId, object, side, kind: 'create' })
    .whereIn('state', ['open', 'unknown'])
    .where('id', '>=', since)
    .where(madeFor === undefined ? {} : { [source]: madeFor })
    .orderBy('id')
    .limit(most)
    .select({ id: 'id', highLevelId: 'highlevel_id', partnerId: 'partner_id', changes: 'changes', openedAt: 'opened_at' })
}
