import { listConnections } from '../../connections/connection-store.ts'
import { Overtaken } from '../../connections/overtaken.ts'
import type { SyncStep } from '../../connectors/flow-definition.ts'
import type { Database, TenantDb } from '../../db/database.ts'
import { findStartedFlow, type StartedFlow } from '../../flows/flow-store.ts'
import { recordNews, takeBack, warn } from '../../flows/warnings.ts'
import type { Clock } from '../../lib/clock.ts'
import { isAppError } from '../../lib/errors.ts'
import type { Logger } from '../../lib/logger.ts'
import { isTrouble } from '../../lib/trouble.ts'
import { sideOf } from '../directions.ts'
import { otherSide } from '../plan/record-plan.ts'
import { differingFields, type LinkedPair } from './differing-fields.ts'
import { type DriftCheck, findDriftCheck, type LinkedIds, listLinkedIds, saveDriftCheck } from './drift-store.ts'

/**
 * Reads linked records of one flow: both as they are now, from the side that the flow starts with to the other; undefined
 * where one of them is not there any more. Calls give way to all others. Throws `Trouble`, or `Overtaken`.
 */
export type OpenPairs = (input: { tenantId: string; flow: StartedFlow; object: string }) => Promise<ReadPair>
export type ReadPair = (ids: LinkedIds) => Promise<LinkedPair | undefined>

export type DriftDeps = { database: Database; now: Clock; log: Logger; openPairs: OpenPairs }

const SAMPLE = 20
/** Of fewer nothing follows. */
const FEWEST = 5
const SHARE = 0.2
const MOST_NAMED = 5

/**
 * Compares some of the records that a flow has linked, others each time, with what its mapping would write. Nothing is written
 * to either side; how many differ, and in which fields, is kept, and the owner is warned where it is a fifth of them.
 */
export async function checkDrift(
  deps: DriftDeps,
  { tenantId, flowId }: { tenantId: string; flowId: string },
): Promise<void> {
  const begun = await deps.database.asTenant(tenantId, (db) => begin(db, flowId))
  if (!begun) return
  const found = await compare(deps, tenantId, begun).catch((error: unknown) => {
    if (!isOutOfReach(error)) throw error
    deps.log.info({ error, tenantId, flowId }, 'linked records could not be compared')
  })
  if (found) await deps.database.asTenant(tenantId, (db) => keep(deps, db, { ...begun, found }))
}

/** Looked at again with the next schedule. */
const isOutOfReach = (error: unknown): boolean => isTrouble(error) || isAppError(error) || error instanceof Overtaken

/** By record that both sides have, the fields that differ. */
async function compare(deps: DriftDeps, tenantId: string, { flow, step, ids }: Begun): Promise<string[][]> {
  if (ids.length === 0) return []
  const readPair = await deps.openPairs({ tenantId, flow, object: step.object })
  const found: string[][] = []
  for (const one of ids) {
    const pair = await readPair(one).catch(nothingIfUnreadable)
    if (pair) found.push(differingFields(step.rows, pair, otherSide(sideOf(flow))))
  }
  return found
}

/** One record that cannot be read says nothing of the others. */
function nothingIfUnreadable(error: unknown): undefined {
  if (!isTrouble(error) || !['not_found', 'unexpected_answer'].includes(error.code)) throw error
}

type Begun = { flow: StartedFlow; step: SyncStep; ids: LinkedIds[] }

async function begin(db: TenantDb, flowId: string): Promise<Begun | undefined> {
  const flow = await findStartedFlow(db, flowId)
  const step = flow?.definition.enter.find((one) => one.kind === 'sync')
  const isInUse = (await listConnections(db)).some(({ id, status }) => id === flow?.connectionId && status === 'active')
  if (!flow?.enabled || !step || !isInUse) return undefined
  const known = await findDriftCheck(db, flowId)
  const after = known?.mappingVersion === flow.mappingVersion ? known.place : null
  const links = { connectionId: flow.connectionId, object: step.object, most: SAMPLE }
  const ids = await listLinkedIds(db, { ...links, after })
  return {
    flow,
    step,
    ids: ids.length === 0 && after !== null ? await listLinkedIds(db, { ...links, after: null }) : ids,
  }
}

async function keep(
  deps: DriftDeps,
  db: TenantDb,
  { flow, ids, found }: Pick<Begun, 'flow' | 'ids'> & { found: string[][] },
): Promise<void> {
  const now = await findStartedFlow(db, flow.id)
  if (!now?.enabled || now.mappingVersion !== flow.mappingVersion) return // changed meanwhile: that one begins anew
  const at = deps.now()
  const check: DriftCheck = {
    flowId: flow.id,
    mappingVersion: flow.mappingVersion,
    place: ids.length < SAMPLE ? null : (ids.at(-1)?.highLevelId ?? null),
    checkedAt: new Date(at),
    compared: found.length,
    different: found.filter((fields) => fields.length > 0).length,
    fields: countsOf(found.flat()),
  }
  await saveDriftCheck(db, check)
  if (check.compared < FEWEST) return
  const warning = { flowId: flow.id, kind: 'drift', side: '', object: '', field: '' } as const
  const isDrifting = check.different / check.compared >= SHARE
  const news = isDrifting
    ? await warn(db, { ...warning, details: detailsOf(check), since: new Date(at) })
    : await takeBack(db, warning)
  await recordNews(db, [news], { actor: { kind: 'schedule', id: 'drift' }, at })
}

const countsOf = (fields: string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(fields, (field) => field)].map(([field, all]) => [field, all.length]))

const detailsOf = ({ compared, different, fields }: DriftCheck) => ({
  compared,
  different,
  fields: Object.entries(fields)
    .sort(([, one], [, other]) => other - one)
    .slice(0, MOST_NAMED)
    .map(([field]) => field),
})
