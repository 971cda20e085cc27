import type { TenantDb } from '../db/database.ts'
import { type KeptRecord, listKept } from './backfill-record-store.ts'

/** Records of a test batch. */
export const TEST_SIZE = 10

/**
 * Some of the plan that were not tested yet: new ones and changes in turn, since these are what an owner wants to see; others
 * only when there are not enough of them.
 */
export async function chooseTest(db: TenantDb, backfillId: string): Promise<string[]> {
  const most = 1000
  const planned = await listKept(db, { backfillId, phase: 'plan' }, { most })
  const tested = new Set((await listKept(db, { backfillId, phase: 'test' }, { most })).map(({ recordId }) => recordId))
  const left = planned.filter(({ recordId }) => !tested.has(recordId))
  const of = (...outcomes: KeptRecord['outcome'][]) => left.filter(({ outcome }) => outcomes.includes(outcome))
  const inTurn = alternate(of('created'), of('updated'))
  return [...inTurn, ...of('conflict', 'unchanged', 'skipped', 'failed')]
    .slice(0, TEST_SIZE)
    .map(({ recordId }) => recordId)
}

const alternate = <Item>(one: readonly Item[], other: readonly Item[]): Item[] =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, index) =>
    [one[index], other[index]].filter((item) => item !== undefined),
  ).flat()
