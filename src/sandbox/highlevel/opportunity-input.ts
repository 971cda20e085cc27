import { unprocessable } from './refusal.ts'
import { enumeration, list, problemsOf, type Rule, type Rules, record, required, text } from './rules.ts'

export type OpportunityBody = {
  name?: string
  status?: string
  monetaryValue?: number
  pipelineId?: string
  pipelineStageId?: string
  assignedTo?: string
  customFields?: { id?: string; key?: string; field_value?: unknown }[]
}

export const STATUSES = ['open', 'won', 'lost', 'abandoned']

const number: Rule = (value, name) =>
  value === undefined || (typeof value === 'number' && Number.isFinite(value))
    ? []
    : [`${name} must be a number conforming to the specified constraints`]

/** HighLevel's OpenAPI document of opportunities: UpdateOpportunityDto. `all` is a search's word, though listed for both. */
const UPDATE: Rules = {
  name: text(),
  status: enumeration(STATUSES, { optional: true }),
  monetaryValue: number,
  pipelineId: text(),
  pipelineStageId: text(),
  assignedTo: text(),
  customFields: list(record({ id: text(), key: text() }, { others: 'ignored' })),
}

/** CreateDto. */
const CREATE: Rules = {
  ...UPDATE,
  pipelineId: text({ required: true }),
  locationId: text({ required: true }),
  name: text({ required: true }),
  status: required(enumeration(STATUSES)),
  contactId: text({ required: true }),
}

export type NewOpportunityBody = OpportunityBody & {
  pipelineId: string
  locationId: string
  name: string
  status: string
  contactId: string
}

export const parseNewOpportunity = (body: unknown): NewOpportunityBody => parse(body, CREATE) as NewOpportunityBody
export const parseOpportunityUpdate = (body: unknown): OpportunityBody => parse(body, UPDATE)
/** UpdateStatusDto. */
export const parseStatus = (body: unknown): { status: string } =>
  parse(body, { status: required(enumeration(STATUSES)), lostReasonId: text() }) as { status: string }

function parse(body: unknown, rules: Rules): OpportunityBody {
  const problems = problemsOf(body, rules, 'refused')
  if (problems.length > 0) throw unprocessable(problems)
  return body as OpportunityBody
}
