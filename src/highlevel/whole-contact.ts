import { z } from 'zod'
import { isTrouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { type Contact, readContact } from './contacts.ts'
import { readAnswer } from './read-answer.ts'

/** A contact with everything that can be kept in step (HighLevel docs: Get Contact). */
export type WholeContact = Contact & {
  /** Full name, user it is assigned to, and kind, where they have a value. */
  more: { name?: string; assignedTo?: string; type?: string; dateAdded?: string }
  customFields: { id: string; value: unknown }[]
  /** By channel, as it is there: what is sent replaces it. */
  dndSettings: Record<string, { status: string; message?: string; code?: string }>
  /** Further addresses: read by us, never written. Undocumented, so often absent. */
  additionalEmails: string[]
  /** Milliseconds, the platform's clock. */
  updatedAt: number | null
  isDeleted: boolean
}

const text = z.string().nullish().catch(null)
const setting = z.object({ status: z.string(), message: text, code: text }).nullish().catch(null)

const wholeAnswer = z.object({
  contact: z.object({
    name: text,
    assignedTo: text,
    type: text,
    dateAdded: text,
    dateUpdated: text,
    deleted: z.boolean().nullish().catch(null),
    customFields: z
      .array(
        z
          .object({ id: z.string().min(1), value: z.unknown() })
          .nullable()
          .catch(null),
      )
      .nullish()
      .catch(null),
    dndSettings: z.record(z.string(), setting).nullish().catch(null),
    additionalEmails: z
      .array(z.union([z.string(), z.object({ email: z.string() }).transform(({ email }) => email)]).catch(''))
      .nullish()
      .catch(null),
  }),
})

/** Undefined when there is none (any more). */
export async function findContact(api: HighLevelApi, contactId: string): Promise<WholeContact | undefined> {
  const path = `/contacts/${encodeURIComponent(contactId)}`
  try {
    return readWholeContact(await api({ method: 'GET', path, version: '2021-07-28', scope: 'contacts.readonly' }))
  } catch (error) {
    if (isTrouble(error) && error.code === 'not_found') return undefined
    throw error
  }
}

export function readWholeContact(answer: unknown): WholeContact {
  const { contact } = readAnswer(wholeAnswer, answer)
  const { name, assignedTo, type, dateAdded } = contact
  const updatedAt = Date.parse(contact.dateUpdated ?? '')
  return {
    ...readContact(answer),
    more: withoutBlanks({ name, assignedTo, type, dateAdded }),
    customFields: (contact.customFields ?? []).flatMap((one) => (one ? [{ id: one.id, value: one.value }] : [])),
    dndSettings: Object.fromEntries(
      Object.entries(contact.dndSettings ?? {}).flatMap(([channel, one]) =>
        one ? [[channel, { status: one.status, ...withoutBlanks({ message: one.message, code: one.code }) }]] : [],
      ),
    ),
    additionalEmails: (contact.additionalEmails ?? []).filter(Boolean),
    updatedAt: Number.isNaN(updatedAt) ? null : updatedAt,
    isDeleted: contact.deleted ?? false,
  }
}

function withoutBlanks(values: Record<string, string | null | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value?.trim() ? [[name, value]] : [])))
}
