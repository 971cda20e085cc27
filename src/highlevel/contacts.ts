import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
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

export const CONTACT_FIELDS = [
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

const contactAnswer = z.object({
  contact: z.looseObject({
    id: z.string().min(1),
    tags: z.array(z.string()).nullish(),
    dnd: z.boolean().nullish(),
    dndSettings: z.object({ Email: channel, SMS: channel }).nullish(),
  }),
})

export async function getContact(api: HighLevelApi, contactId: string): Promise<Contact> {
  const path = `/contacts/${encodeURIComponent(contactId)}`
  const { contact } = readAnswer(contactAnswer, await api({ method: 'GET', path, version: '2021-07-28' }))
  return {
    id: contact.id,
    fields: Object.fromEntries(CONTACT_FIELDS.flatMap((name) => withValue(name, contact[name]))),
    tags: contact.tags ?? [],
    doNotDisturb: {
      all: contact.dnd ?? false,
      email: isOn(contact.dndSettings?.Email?.status),
      sms: isOn(contact.dndSettings?.SMS?.status),
    },
  }
}

const withValue = (name: string, value: unknown): [string, string][] =>
  typeof value === 'string' && value.trim() !== '' ? [[name, value]] : []

/** `active` means that the restriction is on. */
const isOn = (status: string | null | undefined): boolean => status === 'active' || status === 'permanent'
