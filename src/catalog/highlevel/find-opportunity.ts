import { z } from 'zod'
import { type Opportunity, searchOpportunities } from '../../highlevel/opportunities.ts'
import type { PlatformAction } from '../platform-action.ts'
import { filled, given, id, optional } from './inputs.ts'
import { CONTACT, NAME, PIPELINE, STATUS, status, withItsPipelines } from './opportunity-fields.ts'
import { foundOr } from './results.ts'

const opportunitySearch = z.strictObject({
  contactId: id,
  pipelineId: optional(id),
  name: optional(filled),
  status: optional(status),
})

const FIND_FIELDS = [CONTACT, PIPELINE, NAME, STATUS]

export const findOpportunityAction: PlatformAction<z.infer<typeof opportunitySearch>> = {
  key: 'find_opportunity',
  name: 'Find opportunity',
  description: 'The contact’s newest opportunity, in a pipeline, of a name or of a status where these are given.',
  object: 'opportunity',
  scope: 'opportunities.readonly',
  fields: FIND_FIELDS,
  listFields: withItsPipelines(FIND_FIELDS),
  input: opportunitySearch,
  repeat: 'repeatable',
  run: async ({ api, locationId }, { contactId, pipelineId, name, status: wanted }) => {
    const search = { contactId, pipelineId: given(pipelineId), status: given(wanted) }
    const [found] = (await searchOpportunities(api, locationId, search))
      .filter((one) => one.contactId === contactId && (!pipelineId || one.pipelineId === pipelineId))
      .filter((one) => (!wanted || one.status === wanted) && (!name || isSameName(one.name, name)))
      .toSorted((one, other) => madeAt(other) - madeAt(one))
    return foundOr('opportunity', found)
  },
}

const isSameName = (one: string, other: string): boolean => one.trim().toLowerCase() === other.trim().toLowerCase()

const madeAt = ({ createdAt }: Opportunity): number => Date.parse(createdAt ?? '') || 0
