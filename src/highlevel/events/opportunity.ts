import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { id, number, text } from './field-types.ts'

/** HighLevel docs: Opportunity webhooks. Neither the stage before nor any name of a stage is among the fields. */
const fields = z.object({
  id,
  contactId: id,
  name: text,
  status: text,
  monetaryValue: number,
  pipelineId: id,
  pipelineStageId: id,
  assignedTo: id,
  source: text,
  dateAdded: text,
})

/** That a move, say, is told by an update as well is nowhere promised. */
const alsoTells = ['highlevel.opportunity_changed'] as const

export const opportunityKinds: readonly EventKind[] = eventKinds(
  { group: 'opportunity', object: 'opportunity', needs: 'opportunities.readonly', fields },
  {
    OpportunityCreate: { trigger: 'highlevel.opportunity_created', alsoTells },
    OpportunityUpdate: { trigger: 'highlevel.opportunity_changed' },
    OpportunityDelete: { trigger: 'highlevel.opportunity_deleted' },
    OpportunityStageUpdate: { trigger: 'highlevel.opportunity_stage_changed', alsoTells },
    OpportunityStatusUpdate: { trigger: 'highlevel.opportunity_status_changed', alsoTells },
    OpportunityMonetaryValueUpdate: { trigger: 'highlevel.opportunity_value_changed', alsoTells },
    OpportunityAssignedToUpdate: { trigger: 'highlevel.opportunity_assigned', alsoTells },
  },
)
