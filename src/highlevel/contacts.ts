import { z } from 'zod'
import { readAnswer } from './read-answer.ts'

/** A contact as HighLevel holds it now. Absent and null mean the same: no value. (HighLevel docs: Contacts.) */
export type Contact = {
  id: string
  /** Text fields by HighLevel's names: firstName, lastName, email, phone, address1, … Only those with a value. */
  fields: Record<string, string>
  tags: string[]
  /** Channels on which the contact must not be reached. `all` is HighLevel's global switch. */
  doNotDisturb: { all: boolean; email: boolean; sms: boolean }
}

const CONTACT_FIELDS = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'address1',
  'city',
  'state',
  'postalCode',
  'country',
  'website',
  'companyName',
  'dateOfBirth',
  'source',
  'timezone',
] as const

const channel = z.object({ status: z.string().nullish() }).nullish()
/** The keys begin with a capital in Version 2021-07-28 and with a small letter in v3. */
const channels = z.object({ Email: channel, email: channel, SMS: channel, sms: channel }).nullish()

const contactAnswer = z.object({
  contact: z.looseObject({
    id: z.string().min(1),
    tags: z.array(z.unknown()).nullish(),
    // Never guessed: what cannot be read here ends the work, so that no restriction is overlooked.
    dnd: z.boolean().nullish(),
    dndSettings: channels,
  }),
})

export function readContact(answer: unknown): Contact {
  const { contact } = readAnswer(contactAnswer, answer)
  const { dnd, dndSettings } = contact
  return {
    id: contact.id,
    fields: Object.fromEntries(CONTACT_FIELDS.flatMap((name) => withValue(name, contact[name]))),
    tags: readTags(contact.tags ?? []),
    doNotDisturb: {
      all: dnd ?? false,
      email: [dndSettings?.Email, dndSettings?.email].some(isOn),
      sms: [dndSettings?.SMS, dndSettings?.sms].some(isOn),
    },
  }
}

function withValue(name: (typeof CONTACT_FIELDS)[number], value: unknown): [string, string][] {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
  if (text === '') return []
  return [[name, name === 'dateOfBirth' ? dayOf(text) : text]]
}

/**
 * As YYYY-MM-DD: the documents show it so, and with a time behind it; of the forms that may be written, those that do not
 * begin with the year begin with the month. What is neither stays as it is.
 */
export function dayOf(text: string): string {
  const [, year, month, day] = /^(\d{4})[-/._](\d{2})[-/._](\d{2})(?:T.*)?$/.exec(text) ?? []
  if (year) return `${year}-${month}-${day}`
  const [, monthFirst, dayThen, yearLast] = /^(\d{2})[-/._](\d{2})[-/._](\d{4})$/.exec(text) ?? []
  return yearLast ? `${yearLast}-${monthFirst}-${dayThen}` : text
}

/** Each once, whatever its case: to HighLevel `VIP` and `vip` are one tag. */
function readTags(tags: unknown[]): string[] {
  const names = tags.flatMap((tag) => (typeof tag === 'string' && tag.trim() !== '' ? [tag.trim()] : []))
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()]
}

/** `active` and `permanent` restrict; a state that nobody knows is taken for one that does. */
const isOn = (setting: z.infer<typeof channel>): boolean =>
  Boolean(setting?.status) && setting?.status?.toLowerCase() !== 'inactive'
