import { z } from 'zod'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'
import { readWholeContact, type WholeContact } from './whole-contact.ts'

/** Texts that may be written to a contact that is there. `null` clears; what has to be a text is cleared by an empty one. */
export type ContactTexts = Partial<
  Record<
    | 'firstName'
    | 'lastName'
    | 'email'
    | 'phone'
    | 'address1'
    | 'city'
    | 'state'
    | 'postalCode'
    | 'country'
    | 'website'
    | 'timezone'
    | 'source'
    | 'dateOfBirth'
    | 'assignedTo',
    string | null
  >
>

export type DndSettings = Record<string, { status: string; message?: string; code?: string }>

/** What an update takes. The location, the gender and the company are refused there, and tags would replace the whole list. */
export type ContactBody = ContactTexts & {
  customFields?: { id: string; field_value: string | number | string[] }[]
  dnd?: boolean
  dndSettings?: DndSettings
}

/** A new one may have a company too. */
export type NewContactBody = ContactBody & { companyName?: string | null }

const request = { version: '2021-07-28', scope: 'contacts.write' } as const

/**
 * A contact that is not there yet, with its tags from the start (HighLevel docs: Create Contact). Refused as a duplicate
 * where the location does not allow one; where it does, nobody is looked for.
 */
export async function createContact(
  api: HighLevelApi,
  { locationId, tags, body }: { locationId: string; tags: string[]; body: NewContactBody },
): Promise<WholeContact> {
  const sent = { ...body, ...(tags.length > 0 && { tags }), locationId }
  return readWritten(await api({ ...request, method: 'POST', path: '/contacts/', body: sent }))
}

const upsertAnswer = z.object({ new: z.boolean().nullish().catch(null) })

/**
 * Finds by e-mail or number, in the order that the location is set to, or creates (HighLevel docs: Upsert Contact). Needs one
 * of the two. Where they lead to two contacts the first is written, and the other value is dropped without a word: compare.
 */
export async function upsertContact(
  api: HighLevelApi,
  { locationId, body }: { locationId: string; body: NewContactBody },
): Promise<{ isNew: boolean; contact: WholeContact }> {
  const answer = await api({
    ...request,
    method: 'POST',
    path: '/contacts/upsert',
    body: { ...body, locationId, createNewIfDuplicateAllowed: false },
    repeatable: true,
  })
  return { isNew: readAnswer(upsertAnswer, answer).new === true, contact: readWritten(answer) }
}

/** Answers the contact as it is afterwards (HighLevel docs: Update Contact). */
export async function updateContact(api: HighLevelApi, contactId: string, body: ContactBody): Promise<WholeContact> {
  return readWritten(await api({ ...request, method: 'PUT', path: pathOf(contactId), body, repeatable: true }))
}

/** The write took effect, whether its answer can be read or not. */
function readWritten(answer: unknown): WholeContact {
  try {
    return readWholeContact(answer)
  } catch (cause) {
    if (!isTrouble(cause)) throw cause
    throw new Trouble('unexpected_answer', { detail: cause.message, outcomeUnknown: true, cause })
  }
}

const deleteAnswer = z.object({ succeded: z.boolean().nullish(), succeeded: z.boolean().nullish() })

/** True when it was there (HighLevel docs: Delete Contact). */
export async function deleteContact(api: HighLevelApi, contactId: string): Promise<boolean> {
  try {
    const answer = await api({ ...request, method: 'DELETE', path: pathOf(contactId), repeatable: true })
    const { succeded, succeeded } = readAnswer(deleteAnswer, answer)
    if (succeded === false || succeeded === false) throw new Trouble('rejected', { detail: NOT_DELETED })
    return true
  } catch (error) {
    if (isTrouble(error) && error.code === 'not_found') return false
    throw error
  }
}

const NOT_DELETED = 'Your account did not delete the contact.'

const pathOf = (contactId: string): string => `/contacts/${encodeURIComponent(contactId)}`
