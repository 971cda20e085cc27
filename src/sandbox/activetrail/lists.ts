import { stateOf } from './contacts.ts'
import type { Modes } from './modes.ts'
import { Refusal } from './refusal.ts'
import type { Contact, World } from './state.ts'

type Query = Record<string, string | undefined>

const CUSTOMER_STATES = ['ACTIVE', 'INACTIVE', 'CUSTOMER_REQUEST', 'BOUNCED', 'SPAM_COMPLIENT', 'QUARANTINED']
const DEFAULT_ROWS = 20
const DEFAULT_MONTHS = 3

/** Query names are PascalCase in the documents; ASP.NET binds them in any case. */
export const queryOf = (query: Record<string, unknown>): Query =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name.toLowerCase(), String(value)]))

export function takePage<Row>(rows: Row[], query: Query, pages: Modes['pages']): Row[] {
  const limit = wholeNumber(query.limit, DEFAULT_ROWS)
  if (limit < 1 || limit > 100) throw new Refusal('BadRequest', { Limit: ['Must be between 1 and 100.'] })
  const first = pages === 'from_0' ? 0 : 1
  const page = wholeNumber(query.page, first)
  if (page < first && pages !== 'from_1_lenient') {
    throw new Refusal('BadRequest', { Page: ['Must be between 1 and 2147483647.'] })
  }
  const start = Math.max(0, page - first) * limit
  return rows.slice(start, start + limit)
}

/** The window and the state of a contact list. Without dates it looks back three months, which hides older rows. */
export function filterContacts(world: World, contacts: Contact[], query: Query): Contact[] {
  const isWanted = stateFilter(query.customerstates)
  const isInside = dateWindow(world, query)
  return contacts.filter((contact) => isWanted(contact) && isInside(contact.stateChangedAt))
}

export function dateWindow(world: World, query: Query): (timestamp: string) => boolean {
  const from = query.fromdate ? dateOf(query.fromdate) : monthsBefore(world.now(), DEFAULT_MONTHS)
  const to = query.todate ? endOf(query.todate) : world.now()
  return (timestamp) => Date.parse(timestamp) >= from && Date.parse(timestamp) <= to
}

/** Left out, the sandbox shows active contacts only: a caller who wants all of them had better say so. */
function stateFilter(wanted = 'ACTIVE'): (contact: Contact) => boolean {
  const state = wanted.toUpperCase()
  if (state === 'ALL' || state === '-1') return () => true
  if (!CUSTOMER_STATES.includes(state)) throw new Refusal('BadRequest', { CustomerStates: ['Is not a known state.'] })
  return (contact) => stateOf(contact) === state
}

function wholeNumber(value: string | undefined, fallback: number): number {
  if (value === undefined || value === '') return fallback
  if (!/^-?\d{1,10}$/.test(value)) throw new Refusal('BadRequest')
  return Number(value)
}

function dateOf(value: string): number {
  const time = Date.parse(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value)
  if (Number.isNaN(time)) throw new Refusal('BadRequest')
  return time
}

/** A day without a time means the whole day. */
const endOf = (value: string): number => dateOf(value) + (value.includes('T') ? 0 : 24 * 60 * 60 * 1000 - 1)

function monthsBefore(now: number, months: number): number {
  const date = new Date(now)
  date.setUTCMonth(date.getUTCMonth() - months)
  return date.getTime()
}
