import { getConnection } from '../connections/connection-store.ts'
import type { FlowDefinition } from '../connectors/flow-definition.ts'
import { getConnector } from '../connectors/registry.ts'
import type { TenantDb } from '../db/database.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { listCatalogues, PLATFORM_SIDE } from './field-catalogue-store.ts'
import { type Flow, getFlow } from './flow-store.ts'
import { knownFor } from './known-for.ts'
import { type CatalogueDeps, readCatalogue } from './read-catalogue.ts'
import { placesOf } from './used-fields.ts'
import { type Validated, validateDefinition } from './validate-definition.ts'

const DAY_MS = 86_400_000

/**
 * Has the fields read that a definition speaks of, where they were not lately: what follows is checked in a transaction, and
 * none waits for a call. Throws `partner_trouble` where fields were never read and cannot be.
 */
export async function readForCheck(
  deps: CatalogueDeps,
  { tenantId, flowId, definition }: { tenantId: string; flowId: string; definition: FlowDefinition },
): Promise<void> {
  const { connectionId, connector } = await deps.database.asTenant(tenantId, async (db) => {
    const { id, partner } = await getConnection(db, (await getFlow(db, flowId)).connectionId)
    return { connectionId: id, connector: getConnector(partner) }
  })
  for (const { side, object } of placesOf(definition, connector)) {
    const key = { side: side === 'highlevel' ? PLATFORM_SIDE : connectionId, object }
    await readCatalogue(deps, { tenantId, ...key, maxAgeMs: DAY_MS }).catch(refuseTrouble)
  }
}

/** There may be no such records on that side; that is found in the check. */
function refuseTrouble(error: unknown): void {
  if (!isAppError(error, 'not_found')) throw error
}

/** Whether a definition could be carried out, by the fields as they were last read. */
export async function checkFlow(
  db: TenantDb,
  { connectionId }: Pick<Flow, 'connectionId'>,
  definition: unknown,
): Promise<Validated> {
  const { partner } = await getConnection(db, connectionId)
  return validateDefinition(definition, knownFor(getConnector(partner), await listCatalogues(db, connectionId)))
}

/** Throws `invalid_input` with a sentence for each problem. */
export async function refuseFaulty(
  db: TenantDb,
  flow: Pick<Flow, 'connectionId'>,
  definition: FlowDefinition,
): Promise<void> {
  const checked = await checkFlow(db, flow, definition)
  if ('definition' in checked) return
  const fields = Object.fromEntries(checked.problems.map(({ path, sentence }) => [path, sentence]))
  const detail = checked.problems[0]?.sentence
  throw new AppError('invalid_input', { fields, ...(detail && { detail }) })
}
