import type { TenantDb } from '../db/database.ts'
import type { SideName } from './plan/record-plan.ts'
import type { Write } from './write-store.ts'

export type CreationPlace = {
  connectionId: string
  object: string
  /** Where something was to be made. */
  side: SideName
  /** No write before this id. */
  since: string
  most: number
}

export type Creation = Pick<Write, 'id' | 'highLevelId' | 'partnerId' | 'changes' | 'openedAt' | 'state'>

const UNANSWERED = ['open', 'unknown']
const idColumn = (side: SideName): string => (side === 'highlevel' ? 'highlevel_id' : 'partner_id')
const sourceColumn = (side: SideName): string => (side === 'highlevel' ? 'partner_id' : 'highlevel_id')

const creations = (db: TenantDb, { connectionId, object, side, since, most }: CreationPlace) =>
  db
    .sql('writes')
    .where({ tenant_id: db.tenantId, connection_id: connectionId, object, side, kind: 'create' })
    .where('id', '>=', since)
    .orderBy('id')
    .limit(most)
    .select<Creation[]>({
      ...{ id: 'id', highLevelId: 'highlevel_id', partnerId: 'partner_id', changes: 'changes' },
      ...{ openedAt: 'opened_at', state: 'state' },
    })

/** Of which nobody knows whether they took effect, the oldest first. */
export const listUnanswered = (db: TenantDb, place: CreationPlace): Promise<Creation[]> =>
  creations(db, place).whereIn('state', UNANSWERED)

/** For this record of the other side, unless it is known that nothing was made. */
export const listCreationsFor = (db: TenantDb, place: CreationPlace, recordId: string): Promise<Creation[]> =>
  creations(db, place)
    .where({ [sourceColumn(place.side)]: recordId })
    .whereIn('state', [...UNANSWERED, 'done'])

/** By which this record was made. */
export const listCreationsOf = (db: TenantDb, place: CreationPlace, recordId: string): Promise<Creation[]> =>
  creations(db, place).where({ [idColumn(place.side)]: recordId, state: 'done' })
