import type { HighLevelApi } from './api.ts'
import { ifThere } from './if-there.ts'
import { type Opportunity, opportunityAnswer, opportunityPath } from './opportunities.ts'
import { readWritten } from './read-answer.ts'

export const OPPORTUNITY_STATUSES = ['open', 'won', 'lost', 'abandoned'] as const
export type OpportunityStatus = (typeof OPPORTUNITY_STATUSES)[number]

/** What may be written to an opportunity. A field's value is written as `field_value` and read as `fieldValue`. */
export type OpportunityInput = {
  name?: string | undefined
  status?: OpportunityStatus | undefined
  monetaryValue?: number | undefined
  pipelineId?: string | undefined
  pipelineStageId?: string | undefined
  assignedTo?: string | undefined
  customFields?: { id: string; field_value: string | string[] }[] | undefined
}

export type NewOpportunity = OpportunityInput & {
  locationId: string
  contactId: string
  pipelineId: string
  name: string
  status: OpportunityStatus
}

/** HighLevel docs: Create Opportunity. */
export async function createOpportunity(api: HighLevelApi, body: NewOpportunity): Promise<Opportunity> {
  const call = { method: 'POST', path: '/opportunities/', version: '2021-07-28', body } as const
  return readWritten(opportunityAnswer, await api({ ...call, scope: 'opportunities.write' })).opportunity
}

/** Writes what is given and leaves the rest (HighLevel docs: Update Opportunity). */
export async function updateOpportunity(api: HighLevelApi, id: string, body: OpportunityInput): Promise<Opportunity> {
  const call = { method: 'PUT', path: opportunityPath(id), version: '2021-07-28', body } as const
  return readWritten(opportunityAnswer, await api({ ...call, scope: 'opportunities.write' })).opportunity
}

/** HighLevel docs: Update Opportunity Status. */
export async function setOpportunityStatus(api: HighLevelApi, id: string, status: OpportunityStatus): Promise<void> {
  const call = {
    method: 'PUT',
    path: `${opportunityPath(id)}/status`,
    version: '2021-07-28',
    body: { status },
  } as const
  await api({ ...call, scope: 'opportunities.write' })
}

/** False when it was gone already (HighLevel docs: Delete Opportunity). */
export async function deleteOpportunity(api: HighLevelApi, id: string): Promise<boolean> {
  const call = { method: 'DELETE', path: opportunityPath(id), version: '2021-07-28' } as const
  return (await ifThere(() => api({ ...call, scope: 'opportunities.write' }))) !== undefined
}
