import { fullName } from './contact-view.ts'
import type { Contact } from './data.ts'
import { isRecord } from './rules.ts'

export type Filter = { field: string; operator: Operator; value?: unknown }
export type FilterGroup = { group: 'AND' | 'OR'; filters: (Filter | FilterGroup)[] }
type Operator = keyof typeof OPERATORS

const VALUE_LENGTH = 75

/** What can be searched and sorted by, and where it lies on a contact. */
export const SEARCHABLE: Record<string, (contact: Contact) => unknown> = {
  id: (contact) => contact.id,
  contactName: fullName,
  email: (contact) => contact.email,
  phone: (contact) => contact.phone,
  firstNameLowerCase: (contact) => contact.firstName?.toLowerCase(),
  lastNameLowerCase: (contact) => contact.lastName?.toLowerCase(),
  businessName: (contact) => contact.companyName,
  tags: (contact) => contact.tags,
  assignedTo: (contact) => contact.assignedTo,
  dnd: (contact) => contact.dnd,
  dateAdded: (contact) => contact.dateAdded,
  dateUpdated: (contact) => contact.dateUpdated,
  source: (contact) => contact.source,
  type: () => 'lead',
  timezone: (contact) => contact.timezone,
}

const OPERATORS = {
  eq: (stored: unknown[], value: unknown) => stored.some((one) => same(one, value)),
  not_eq: (stored: unknown[], value: unknown) => !stored.some((one) => same(one, value)),
  contains: (stored: unknown[], value: unknown) => stored.some((one) => includes(one, value)),
  not_contains: (stored: unknown[], value: unknown) => !stored.some((one) => includes(one, value)),
  exists: (stored: unknown[]) => stored.length > 0,
  not_exists: (stored: unknown[]) => stored.length === 0,
  range: (stored: unknown[], value: unknown) => stored.some((one) => isWithin(one, value)),
}

/** The top level of the filters is an AND. */
export const matchesAll = (contact: Contact, filters: (Filter | FilterGroup)[]): boolean =>
  filters.every((filter) => matches(contact, filter))

export const countFilters = (filters: readonly (Filter | FilterGroup)[]): number =>
  filters.reduce((count, filter) => count + ('group' in filter ? countFilters(filter.filters) : 1), 0)

function matches(contact: Contact, filter: Filter | FilterGroup): boolean {
  if (!('group' in filter)) return OPERATORS[filter.operator](valuesOf(contact, filter.field), filter.value)
  return filter.group === 'OR'
    ? filter.filters.some((one) => matches(contact, one))
    : matchesAll(contact, filter.filters)
}

function valuesOf(contact: Contact, field: string): unknown[] {
  const value = field.startsWith('customFields.')
    ? contact.customFields.find(({ id }) => `customFields.${id}` === field)?.value
    : SEARCHABLE[field]?.(contact)
  if (Array.isArray(value)) return value
  return value === undefined || value === '' ? [] : [value]
}

const same = (stored: unknown, wanted: unknown): boolean =>
  Array.isArray(wanted)
    ? wanted.some((one) => same(stored, one))
    : String(stored).toLowerCase() === String(wanted).toLowerCase()

const includes = (stored: unknown, wanted: unknown): boolean =>
  String(stored).toLowerCase().includes(String(wanted).toLowerCase())

/** The shape of a range is not shown in the documents: the usual four bounds, dates or numbers. */
function isWithin(stored: unknown, range: unknown): boolean {
  if (!isRecord(range)) return false
  const value = comparable(stored)
  const bounds: [unknown, (bound: number) => boolean][] = [
    [range.gt, (bound) => value > bound],
    [range.gte, (bound) => value >= bound],
    [range.lt, (bound) => value < bound],
    [range.lte, (bound) => value <= bound],
  ]
  return bounds.every(([bound, holds]) => bound === undefined || holds(comparable(bound)))
}

const comparable = (value: unknown): number => {
  const number = Number(value)
  return Number.isNaN(number) ? Date.parse(String(value)) : number
}

export function filterProblems(filter: unknown, name: string): string[] {
  if (!isRecord(filter)) return [`${name} must be an object`]
  if ('group' in filter) return groupProblems(filter, name)
  const { field, operator, value } = filter
  if (typeof field !== 'string' || !isKnownField(field)) return [`${name}.field is not supported`]
  if (typeof operator !== 'string' || !Object.hasOwn(OPERATORS, operator)) {
    return [`${name}.operator must be one of the following values: ${Object.keys(OPERATORS).join(', ')}`]
  }
  if (field === 'email' && operator.endsWith('contains')) return [`${name}.operator is not supported for email`]
  if (typeof value === 'string' && value.length > VALUE_LENGTH) {
    return [`${name}.value must be shorter than or equal to ${VALUE_LENGTH} characters`]
  }
  const needsValue = !operator.endsWith('exists')
  return needsValue && (value === undefined || value === null) ? [`${name}.value should not be empty`] : []
}

function groupProblems(group: Record<string, unknown>, name: string): string[] {
  if (group.group !== 'AND' && group.group !== 'OR')
    return [`${name}.group must be one of the following values: AND, OR`]
  if (!Array.isArray(group.filters)) return [`${name}.filters must be an array`]
  return group.filters.flatMap((filter, index) => filterProblems(filter, `${name}.filters.${index}`))
}

const isKnownField = (field: string): boolean => Object.hasOwn(SEARCHABLE, field) || /^customFields\.\w+$/.test(field)
