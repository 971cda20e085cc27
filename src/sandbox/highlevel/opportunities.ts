import { announce } from './announce.ts'
import { storedValue } from './contact-changes.ts'
import { withoutEmpty } from './contact-view.ts'
import type { Contact, Opportunity } from './data.ts'
import { newId } from './ids.ts'
import type { InstallDeps } from './installs.ts'
import type { OpportunityBody } from './opportunity-input.ts'
import { pipelinesOf } from './pipelines.ts'
import { badRequest } from './refusal.ts'
import type { EventType } from './webhook-event.ts'
import type { World } from './world.ts'

export function createOpportunity(
  deps: InstallDeps,
  contact: Pick<Contact, 'id' | 'locationId'>,
  input: OpportunityBody & { name: string },
): Opportunity {
  const { id: contactId, locationId } = contact
  const at = new Date(deps.world.now()).toISOString()
  const blank: Opportunity = {
    ...{ id: newId(), locationId, contactId, name: input.name, status: 'open', monetaryValue: 0, source: 'api' },
    ...{ pipelineId: '', pipelineStageId: '', customFields: [] },
    ...{ createdAt: at, updatedAt: at, lastStatusChangeAt: at, lastStageChangeAt: at },
  }
  const pipelineId = input.pipelineId ?? pipelinesOf(locationId)[0]?.id ?? ''
  const opportunity = changed(deps.world, blank, { ...input, pipelineId })
  save(deps, opportunity)
  tell(deps, 'OpportunityCreate', opportunity)
  return opportunity
}

export function updateOpportunity(deps: InstallDeps, before: Opportunity, input: OpportunityBody): Opportunity {
  const after = changed(deps.world, before, input)
  save(deps, after)
  for (const type of eventsOf(before, after)) tell(deps, type, after)
  return after
}

export function deleteOpportunity(deps: InstallDeps, opportunity: Opportunity): void {
  deps.world.opportunities.remove(opportunity)
  deps.world.changed()
  tell(deps, 'OpportunityDelete', opportunity)
}

/** In a pipeline without a stage it is at its beginning. */
function changed(world: World, before: Opportunity, input: OpportunityBody): Opportunity {
  const { customFields, ...given } = input
  const at = new Date(world.now()).toISOString()
  const stageId = given.pipelineStageId ?? (given.pipelineId ? undefined : before.pipelineStageId)
  const place = placeOf(before.locationId, given.pipelineId ?? before.pipelineId, stageId)
  return {
    ...before,
    ...given,
    ...place,
    customFields: customFields ? withValues(world, before, customFields) : before.customFields,
    updatedAt: at,
    ...(given.status && given.status !== before.status && { lastStatusChangeAt: at }),
    ...(place.pipelineStageId !== before.pipelineStageId && { lastStageChangeAt: at }),
  }
}

/** What is answered to a pipeline or a stage that there is not is not documented. */
function placeOf(locationId: string, pipelineId: string, stageId: string | undefined) {
  const pipeline = pipelinesOf(locationId).find(({ id }) => id === pipelineId)
  if (!pipeline) throw badRequest('The pipeline id is invalid.')
  const stage = stageId ? pipeline.stages.find(({ id }) => id === stageId) : pipeline.stages[0]
  if (!stage) throw badRequest('The pipeline stage id is invalid.')
  return { pipelineId: pipeline.id, pipelineStageId: stage.id }
}

/** Read back, a value is called `fieldValue`. One for a field that nobody knows is dropped without a word. */
function withValues(world: World, { locationId, customFields }: Opportunity, inputs: CustomInputs) {
  const known = world.data.customFields.filter((one) => one.locationId === locationId && one.model === 'opportunity')
  const values = new Map(customFields.map((one) => [one.id, one]))
  for (const { id, key, field_value } of inputs) {
    const field = known.find((one) => one.id === id || one.fieldKey === key)
    if (!field || field_value === undefined) continue
    const fieldValue = storedValue(field_value)
    if (fieldValue === undefined) values.delete(field.id)
    else values.set(field.id, { id: field.id, fieldValue })
  }
  return [...values.values()]
}

type CustomInputs = NonNullable<OpportunityBody['customFields']>

/** That a change of one of these fields is told twice is inferred: nothing says that it is not. */
function eventsOf(before: Opportunity, after: Opportunity): EventType[] {
  const special: [EventType, keyof Opportunity][] = [
    ['OpportunityStageUpdate', 'pipelineStageId'],
    ['OpportunityStatusUpdate', 'status'],
    ['OpportunityMonetaryValueUpdate', 'monetaryValue'],
    ['OpportunityAssignedToUpdate', 'assignedTo'],
  ]
  return ['OpportunityUpdate', ...special.flatMap(([type, field]) => (before[field] === after[field] ? [] : [type]))]
}

function save({ world }: InstallDeps, opportunity: Opportunity): void {
  world.opportunities.put(opportunity)
  world.changed()
}

/** HighLevel docs, opportunity webhooks: a fixed list of fields, in which `createdAt` is `dateAdded`. */
function tell(deps: InstallDeps, type: EventType, opportunity: Opportunity): void {
  const { locationId, createdAt, updatedAt, lastStatusChangeAt, lastStageChangeAt, customFields, ...told } = opportunity
  const fields = withoutEmpty({ ...told, dateAdded: createdAt })
  announce(deps, { type, scope: 'opportunities.readonly', locationId, fields })
}
