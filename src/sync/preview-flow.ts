import { openConnection } from '../connections/open-connection.ts'
import type { FlowDefinition, FlowStep } from '../connectors/flow-definition.ts'
import type { Around } from '../flows/around.ts'
import { withBranches } from '../flows/changed-parts.ts'
import { readForCheck } from '../flows/check-flow.ts'
import { meets } from '../flows/conditions/meets.ts'
import { listCatalogues } from '../flows/field-catalogue-store.ts'
import { getFlow } from '../flows/flow-store.ts'
import type { KnownFields, KnownTrigger } from '../flows/known-fields.ts'
import { knownFor } from '../flows/known-for.ts'
import { type PreviewedRow, previewMapping } from '../flows/mapping/preview-mapping.ts'
import type { CatalogueDeps } from '../flows/read-catalogue.ts'
import { AppError } from '../lib/errors.ts'
import type { Field, FieldValues } from '../lib/field.ts'
import { isTrouble } from '../lib/trouble.ts'
import { getInstallation } from '../tenants/installation-store.ts'
import { factsOf } from './membership.ts'
import { readSample } from './read-sample.ts'
import type { SyncDeps } from './sync-deps.ts'

/** What a flow would make of a record. Values are the account's own and go no further than to whoever asked. */
export type FlowPreview = {
  recordId: string
  /** Whether the record is one that the flow is for. */
  isMet: boolean
  steps: { id: string; rows: PreviewedRow[] }[]
}

type Wanted = { tenantId: string; flowId: string; definition: FlowDefinition; recordId: string | null }

/**
 * What a definition, kept or not, would make of a record of the side that starts it; nothing is written. What an event or an
 * earlier step would say is not known here. Throws `not_found` where there is no record to show, or none can be read.
 */
export async function previewFlow(deps: SyncDeps & CatalogueDeps, wanted: Wanted): Promise<FlowPreview> {
  await readForCheck(deps, wanted)
  const { open, locationId, known } = await lookAround(deps, wanted)
  const { tenantId, definition, recordId } = wanted
  const trigger = known.triggers.find(({ key }) => key === definition.trigger)
  if (!trigger) throw new AppError('not_found')
  try {
    const { side, object } = trigger
    const record = await readSample(deps, { tenantId, locationId, open, side, object, recordId })
    if (!record) throw new AppError('not_found', { detail: NO_RECORD })
    const around = await deps.accountAround({ tenantId, locationId })
    return {
      recordId: record.id,
      ...preview(definition, factsOf(record, {}), { known, trigger, around, now: deps.now() }),
    }
  } catch (error) {
    if (!isTrouble(error)) throw error
    throw new AppError('partner_trouble', { detail: error.message, cause: error })
  }
}

const NO_RECORD = 'There is no record yet to show this with.'

const lookAround = (deps: SyncDeps & CatalogueDeps, { tenantId, flowId }: Wanted) =>
  deps.database.asTenant(tenantId, async (db) => {
    const { connectionId } = await getFlow(db, flowId)
    const open = await openConnection(deps, db, connectionId)
    const { locationId } = await getInstallation(db)
    if ('waiting' in open || !locationId)
      throw new AppError('conflict', { detail: 'The connection is not in use at the moment.' })
    return { open, locationId, known: knownFor(open.connector, await listCatalogues(db, connectionId)) }
  })

type Surroundings = { known: KnownFields; trigger: KnownTrigger; around: Around; now: number }

function preview(
  { conditions, enter, leave }: FlowDefinition,
  facts: FieldValues,
  { known, trigger, around, now }: Surroundings,
): Omit<FlowPreview, 'recordId'> {
  const steps = [...enter, ...leave].flatMap(withBranches)
  return {
    isMet: meets(conditions, facts, { ...around, now }),
    steps: steps.map((step) => ({
      id: step.id,
      rows: previewMapping(step.rows, facts, around, targetsOf(step, known, trigger)),
    })),
  }
}

function targetsOf(step: FlowStep, known: KnownFields, { side }: KnownTrigger): readonly Field[] {
  if (step.kind === 'operation') return known.operations.find(({ key }) => key === step.operation)?.fields ?? []
  const object = known.objects.find(({ key }) => key === step.object)
  return object?.[side === 'highlevel' ? 'partner' : 'highlevel']?.fields ?? []
}
