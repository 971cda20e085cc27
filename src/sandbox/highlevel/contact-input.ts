import type { ContactText, DndChannel, DndSetting } from './data.ts'
import { unprocessable } from './refusal.ts'
import { bool, email, enumeration, list, problemsOf, type Rules, record, text } from './rules.ts'

export type CustomFieldInput = { id?: string; key?: string; field_value?: unknown }

/** What may be written on a contact. `null` clears. */
export type ContactInput = Partial<Record<ContactText, string | null>> & {
  name?: string | null
  dnd?: boolean
  dndSettings?: Partial<Record<DndChannel, DndSetting>>
  inboundDndSettings?: { all?: { status: string; message?: string } }
  tags?: string[]
  customFields?: CustomFieldInput[]
}

/** HighLevel's OpenAPI document of contacts: UpdateContactDto. */
const UPDATE: Rules = {
  firstName: text({ nullable: true }),
  lastName: text({ nullable: true }),
  name: text({ nullable: true }),
  email,
  phone: text({ nullable: true }),
  address1: text({ nullable: true }),
  city: text({ nullable: true }),
  state: text({ nullable: true }),
  postalCode: text(),
  website: text({ nullable: true }),
  timezone: text({ nullable: true }),
  dnd: bool,
  dndSettings: record(
    Object.fromEntries(['Call', 'Email', 'SMS', 'WhatsApp', 'GMB', 'FB'].map((channel) => [channel, dndSetting()])),
  ),
  inboundDndSettings: record({ all: record({ status: enumeration(['active', 'inactive']), message: text() }) }),
  tags: list(text()),
  customFields: list(record({ id: text(), key: text() }, { others: 'ignored' })),
  source: text({ nullable: true }),
  dateOfBirth: text({ nullable: true }),
  country: countryCode,
  assignedTo: text({ nullable: true }),
}

/** CreateContactDto: an update may not name the location, the gender or the company. */
const CREATE: Rules = {
  ...UPDATE,
  locationId: text({ required: true }),
  gender: text(),
  companyName: text({ nullable: true }),
}

const UPSERT: Rules = { ...CREATE, createNewIfDuplicateAllowed: bool }

export const parseUpdate = (body: unknown): ContactInput => parse(body, UPDATE, 'refused')

export const parseCreate = (body: unknown): ContactInput & { locationId: string } =>
  parse(body, CREATE, 'refused') as ContactInput & { locationId: string }

export type UpsertInput = ContactInput & { locationId: string; createNewIfDuplicateAllowed?: boolean }

/** An upsert drops in silence what an update refuses. */
export const parseUpsert = (body: unknown): UpsertInput => parse(body, UPSERT, 'ignored') as UpsertInput

function parse(body: unknown, rules: Rules, others: 'refused' | 'ignored'): ContactInput {
  const problems = problemsOf(body, rules, others)
  if (problems.length > 0) throw unprocessable(problems)
  return body as ContactInput
}

function dndSetting(): Rules[string] {
  return record({ status: enumeration(['active', 'inactive', 'permanent']), message: text(), code: text() })
}

function countryCode(value: unknown, name: string): string[] {
  if (value === undefined || value === '') return []
  return typeof value === 'string' && /^[A-Z]{2}$/.test(value) ? [] : [`${name} must be a valid enum value`]
}
