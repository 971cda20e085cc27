import { z } from 'zod'
import { findOpportunity, type Opportunity } from '../../highlevel/opportunities.ts'
import { listSameOpportunities } from '../../highlevel/same-opportunity.ts'
import {
  createOpportunity,
  deleteOpportunity,
  type OpportunityInput,
  setOpportunityStatus,
  updateOpportunity,
} from '../../highlevel/write-opportunity.ts'
import type { AnyPlatformAction, PlatformAction, PlatformContext } from '../platform-action.ts'
import { differing } from './differing.ts'
import { findOpportunityAction } from './find-opportunity.ts'
import { filled, given, id, number, optional, writing } from './inputs.ts'
import {
  CONTACT,
  DETAILS,
  NAME,
  OPPORTUNITY,
  PIPELINE,
  STAGE,
  STATUS,
  status,
  withItsPipelines,
} from './opportunity-fields.ts'
import { present, removedOr } from './results.ts'

const newOpportunity = z.strictObject({
  contactId: id,
  pipelineId: id,
  name: filled,
  pipelineStageId: optional(id),
  status: optional(status),
  monetaryValue: optional(number),
  assignedTo: optional(id),
})

const CREATE_FIELDS = [CONTACT, { ...PIPELINE, required: true }, { ...NAME, required: true }, STAGE, STATUS, ...DETAILS]

const createOpportunityAction: PlatformAction<z.infer<typeof newOpportunity>> = {
  key: 'create_opportunity',
  name: 'Create opportunity',
  description: 'Adds an opportunity for the contact to a pipeline; open, unless said otherwise.',
  object: 'opportunity',
  scope: 'opportunities.write',
  fields: CREATE_FIELDS,
  listFields: withItsPipelines(CREATE_FIELDS),
  input: newOpportunity,
  repeat: 'once',
  run: async ({ api, locationId }, { contactId, pipelineId, name, ...input }) => {
    const details = { monetaryValue: given(input.monetaryValue), assignedTo: given(input.assignedTo) }
    const place = { pipelineId, pipelineStageId: given(input.pipelineStageId) }
    const made = { locationId, contactId, name, status: input.status ?? 'open', ...place, ...details } as const
    return resultOf('created', await createOpportunity(api, made))
  },
  lookup: async ({ api, locationId }, { contactId, pipelineId, name, status }) => {
    const isOpen = (status ?? 'open') === 'open'
    const [one] = await listSameOpportunities(api, locationId, { contactId, pipelineId, name, isOpen })
    return one && resultOf('created', one)
  },
}

const changedOpportunity = writing(['opportunityId'], {
  opportunityId: id,
  name: optional(filled),
  monetaryValue: optional(number),
  assignedTo: optional(id),
})

const updateOpportunityAction: PlatformAction<z.infer<typeof changedOpportunity>> = {
  key: 'update_opportunity',
  name: 'Update opportunity',
  description: 'Writes name, value or person of an opportunity; whatever is left out stays.',
  object: 'opportunity',
  scope: 'opportunities.write',
  fields: [OPPORTUNITY, NAME, ...DETAILS],
  input: changedOpportunity,
  repeat: 'repeatable',
  run: (context, { opportunityId, name, monetaryValue, assignedTo }) =>
    write(context, opportunityId, {
      name: given(name),
      monetaryValue: given(monetaryValue),
      assignedTo: given(assignedTo),
    }),
}

const movedOpportunity = z.strictObject({ opportunityId: id, pipelineId: optional(id), pipelineStageId: id })

const MOVE_FIELDS = [OPPORTUNITY, PIPELINE, { ...STAGE, required: true }]

const moveOpportunityAction: PlatformAction<z.infer<typeof movedOpportunity>> = {
  key: 'move_opportunity',
  name: 'Move opportunity',
  description: 'Moves the opportunity to a stage, of its pipeline or of another one.',
  object: 'opportunity',
  scope: 'opportunities.write',
  fields: MOVE_FIELDS,
  listFields: withItsPipelines(MOVE_FIELDS),
  input: movedOpportunity,
  repeat: 'repeatable',
  run: (context, { opportunityId, pipelineId, pipelineStageId }) =>
    write(context, opportunityId, { pipelineId: given(pipelineId), pipelineStageId }),
}

const closedOpportunity = z.strictObject({ opportunityId: id, status })

const setStatusAction: PlatformAction<z.infer<typeof closedOpportunity>> = {
  key: 'set_opportunity_status',
  name: 'Set opportunity status',
  description: 'Marks the opportunity as open, won, lost or abandoned.',
  object: 'opportunity',
  scope: 'opportunities.write',
  fields: [OPPORTUNITY, { ...STATUS, required: true }],
  input: closedOpportunity,
  repeat: 'repeatable',
  run: async ({ api }, { opportunityId, status: wanted }) => {
    const known = present('opportunity', await findOpportunity(api, opportunityId))
    if (known.status === wanted) return resultOf('unchanged', known)
    await setOpportunityStatus(api, opportunityId, wanted)
    return resultOf('updated', { ...known, status: wanted })
  },
}

const oneOpportunity = z.strictObject({ opportunityId: id })

const deleteOpportunityAction: PlatformAction<z.infer<typeof oneOpportunity>> = {
  key: 'delete_opportunity',
  name: 'Delete opportunity',
  description: 'Deletes the opportunity for good. To keep it, mark it as lost or abandoned instead.',
  object: 'opportunity',
  scope: 'opportunities.write',
  fields: [OPPORTUNITY],
  input: oneOpportunity,
  repeat: 'repeatable',
  run: async ({ api }, { opportunityId }) => removedOr(opportunityId, await deleteOpportunity(api, opportunityId)),
}

async function write({ api }: PlatformContext, opportunityId: string, wanted: OpportunityInput) {
  const known = present('opportunity', await findOpportunity(api, opportunityId))
  const changes = differing(known, wanted)
  return changes ? resultOf('updated', await updateOpportunity(api, known.id, changes)) : resultOf('unchanged', known)
}

const resultOf = (effect: 'created' | 'updated' | 'unchanged', record: Opportunity) =>
  ({ id: record.id, effect, record }) as const

export const opportunityActions: AnyPlatformAction[] = [
  createOpportunityAction,
  updateOpportunityAction,
  moveOpportunityAction,
  setStatusAction,
  deleteOpportunityAction,
  findOpportunityAction,
]
