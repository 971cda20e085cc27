import type { HighLevelApi } from './api.ts'
import { type Opportunity, searchOpportunities } from './opportunities.ts'

export type WantedOpportunity = {
  contactId: string
  pipelineId: string
  name: string
  /** One that is over is none that is open: many bear the name of their contact. Both, where it is left out. */
  isOpen?: boolean | undefined
}

/** The contact's opportunities of this name in the pipeline: what a creation whose answer was lost would have made. */
export async function listSameOpportunities(
  api: HighLevelApi,
  locationId: string,
  { contactId, pipelineId, name, isOpen }: WantedOpportunity,
): Promise<Opportunity[]> {
  const found = await searchOpportunities(api, locationId, { contactId, pipelineId })
  return found.filter(
    (one) =>
      one.contactId === contactId &&
      one.pipelineId === pipelineId &&
      one.name.trim() === name.trim() &&
      (isOpen === undefined || isOpen === (one.status === 'open')),
  )
}
