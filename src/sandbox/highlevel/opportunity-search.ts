import { fullName, withoutEmpty } from './contact-view.ts'
import type { Contact, Opportunity } from './data.ts'
import { STATUSES } from './opportunity-input.ts'
import { unprocessable } from './refusal.ts'
import { enumeration, problemsOf, type Rule, type Rules, text } from './rules.ts'
import type { World } from './world.ts'

const wholeText =
  (max: number): Rule =>
  (value, name) => {
    if (value === undefined) return []
    if (!/^\d+$/.test(String(value))) return [`${name} must be a number string`]
    if (Number(value) < 1) return [`${name} must not be less than 1`]
    return Number(value) > max ? [`${name} must not be greater than ${max}`] : []
  }

const americanDay: Rule = (value, name) =>
  value === undefined || /^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])-\d{4}$/.test(String(value))
    ? []
    : [`${name} must be in the format mm-dd-yyyy`]

/** HighLevel's OpenAPI document of opportunities, Search Opportunity: the query; those that follow nothing are left out. */
const QUERY: Rules = {
  location_id: text({ required: true }),
  q: text(),
  pipeline_id: text(),
  pipeline_stage_id: text(),
  contact_id: text(),
  status: enumeration([...STATUSES, 'all'], { optional: true }),
  assigned_to: text(),
  id: text(),
  order: enumeration(['added_asc', 'added_desc'], { optional: true }),
  date: americanDay,
  endDate: americanDay,
  startAfter: wholeText(Number.MAX_SAFE_INTEGER),
  startAfterId: text(),
  page: wholeText(100_000),
  limit: wholeText(100),
}

type Query = Partial<Record<string, string>> & { location_id: string }

export function parseOpportunitySearch(query: unknown): Query {
  const problems = problemsOf(query, QUERY, 'refused')
  if (problems.length > 0) throw unprocessable(problems)
  return query as Query
}

/** Newest first, unless it is asked for otherwise; the index lags behind like that of contacts, which is inferred. */
export function searchOpportunities(world: World, query: Query): { opportunities: object[]; meta: object } {
  const [page, limit] = [Number(query.page ?? 1), Number(query.limit ?? 20)]
  const until = world.now() - world.switches.searchLagMs
  const found = world.opportunities
    .list('locationId', query.location_id)
    .filter((one) => matches(one, query) && Date.parse(one.createdAt) <= until)
    .toSorted((one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt))
  if (query.order === 'added_asc') found.reverse()
  const start = query.startAfterId ? found.findIndex(({ id }) => id === query.startAfterId) + 1 : (page - 1) * limit
  const shown = found.slice(start, start + limit)
  return { opportunities: shown.map((one) => opportunityView(world, one)), meta: metaOf(found, shown, page, start) }
}

function metaOf(found: Opportunity[], shown: Opportunity[], page: number, start: number): object {
  const last = shown.at(-1)
  const isMore = start + shown.length < found.length
  return {
    total: found.length,
    currentPage: page,
    ...(isMore && { nextPage: page + 1 }),
    ...(page > 1 && { prevPage: page - 1 }),
    ...(last && { startAfterId: last.id, startAfter: Date.parse(last.createdAt) }),
  }
}

function matches(one: Opportunity, query: Query): boolean {
  const { q = '', status = 'all', date, endDate } = query
  return (
    is(one.id, query.id) &&
    is(one.contactId, query.contact_id) &&
    is(one.pipelineId, query.pipeline_id) &&
    is(one.pipelineStageId, query.pipeline_stage_id) &&
    is(one.assignedTo, query.assigned_to) &&
    is(one.status, status === 'all' ? undefined : status) &&
    one.name.toLowerCase().includes(q.toLowerCase()) &&
    (date === undefined || one.createdAt.slice(0, 10) >= dayOf(date)) &&
    (endDate === undefined || one.createdAt.slice(0, 10) <= dayOf(endDate))
  )
}

const is = (value: string | undefined, wanted: string | undefined): boolean => wanted === undefined || value === wanted

const dayOf = (american: string): string => american.replace(/^(\d\d)-(\d\d)-(\d{4})$/, '$3-$1-$2')

/** SearchOpportunitiesResponseSchema, which is also that of one. */
export function opportunityView(world: World, opportunity: Opportunity): object {
  const contact = world.contacts.get(opportunity.contactId)
  return { ...withoutEmpty(opportunity), ...(contact && { contact: personOf(contact) }) }
}

const personOf = (contact: Contact): object =>
  withoutEmpty({
    id: contact.id,
    name: fullName(contact),
    companyName: contact.companyName,
    email: contact.email,
    phone: contact.phone,
    tags: contact.tags,
  })
