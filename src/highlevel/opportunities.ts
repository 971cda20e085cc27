import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { number } from './events/field-types.ts'
import { ifThere } from './if-there.ts'
import { readAnswer } from './read-answer.ts'

/** An opportunity as HighLevel holds it now (HighLevel docs: Get Opportunity). */
export type Opportunity = {
  id: string
  contactId: string | null
  name: string
  /** open, won, lost or abandoned. */
  status: string | null
  /** In the location's currency. */
  monetaryValue: number | null
  pipelineId: string | null
  pipelineStageId: string | null
  assignedTo: string | null
  source: string | null
  /** ISO 8601. */
  createdAt: string | null
  updatedAt: string | null
  /** By the field's id. Here a value is called `fieldValue`, unlike a contact's. */
  customFields: { id: string; value: unknown }[]
}

const text = z.string().nullish().catch(null)
const customField = z.object({ id: z.string().min(1), fieldValue: z.unknown() })

const opportunity = z
  .object({
    id: z.string().min(1),
    contactId: text,
    contact: z.object({ id: text }).nullish().catch(null),
    name: text,
    status: text,
    monetaryValue: number.catch(null),
    pipelineId: text,
    pipelineStageId: text,
    assignedTo: text,
    source: text,
    createdAt: text,
    updatedAt: text,
    customFields: z.array(customField.nullable().catch(null)).nullish().catch(null),
  })
  .transform(
    (read): Opportunity => ({
      id: read.id,
      contactId: read.contactId ?? read.contact?.id ?? null,
      name: read.name ?? '',
      status: read.status ?? null,
      monetaryValue: read.monetaryValue ?? null,
      pipelineId: read.pipelineId ?? null,
      pipelineStageId: read.pipelineStageId ?? null,
      assignedTo: read.assignedTo ?? null,
      source: read.source ?? null,
      createdAt: read.createdAt ?? null,
      updatedAt: read.updatedAt ?? null,
      customFields: (read.customFields ?? []).flatMap((one) => (one ? [{ id: one.id, value: one.fieldValue }] : [])),
    }),
  )

export const opportunityAnswer = z.object({ opportunity })
const searchAnswer = z.object({ opportunities: z.array(opportunity) })

export const opportunityPath = (id: string): string => `/opportunities/${encodeURIComponent(id)}`

/** Undefined when there is none (any more). */
export const findOpportunity = (api: HighLevelApi, id: string): Promise<Opportunity | undefined> =>
  ifThere(async () => {
    const path = opportunityPath(id)
    const answer = await api({ method: 'GET', path, version: '2021-07-28', scope: 'opportunities.readonly' })
    return readAnswer(opportunityAnswer, answer).opportunity
  })

/** What a search may be narrowed by. */
export type OpportunitySearch = {
  contactId?: string | undefined
  pipelineId?: string | undefined
  status?: string | undefined
}

const PAGE = 100
const MOST_PAGES = 5

/**
 * A location's opportunities, five hundred at most (HighLevel docs: Search Opportunity; GET, its query in snake case, a hundred
 * to a page). What was just written may not be found for some seconds.
 */
export async function searchOpportunities(
  api: HighLevelApi,
  locationId: string,
  { contactId, pipelineId, status = 'all' }: OpportunitySearch,
): Promise<Opportunity[]> {
  const query = {
    location_id: locationId,
    ...(contactId && { contact_id: contactId }),
    ...(pipelineId && { pipeline_id: pipelineId }),
    status,
    limit: String(PAGE),
  }
  const call = { method: 'GET', path: '/opportunities/search', version: '2021-07-28' } as const
  const found: Opportunity[] = []
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await api({ ...call, query: { ...query, page: String(page) }, scope: 'opportunities.readonly' })
    const { opportunities } = readAnswer(searchAnswer, answer)
    found.push(...opportunities)
    if (opportunities.length < PAGE) break
  }
  return found
}
