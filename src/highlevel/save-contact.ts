import type { Field, FieldValues } from '../lib/field.ts'
import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { contactBody } from './contact-body.ts'
import { contactValues } from './contact-values.ts'
import { isRestricted, type Restrictions, restrict } from './do-not-disturb.ts'
import { isSameEmail } from './identity.ts'
import { leftOutSentences } from './left-out-sentences.ts'
import { lostFields } from './lost-fields.ts'
import { getContactThere, putContact } from './put-contact.ts'
import { findContact, type WholeContact } from './whole-contact.ts'
import { writeCompany } from './write-company.ts'

/** What decides about what may be sent. Without it nothing is known to be restricted, and no further address is known. */
export type KnownContact = Pick<WholeContact, 'id'> &
  Partial<Pick<WholeContact, 'doNotDisturb' | 'dndSettings' | 'additionalEmails'>>

export type SavedContact = {
  /** As it is now; undefined where nothing was written. */
  contact: WholeContact | undefined
  effect: 'updated' | 'unchanged'
  /** What was left out or did not stay. One or more sentences for the owner. */
  note: string | undefined
}

export type ContactChange = { values: FieldValues; restrictions: Restrictions }

type Account = { locationId: string; fields: readonly Field[] }

/**
 * Writes to a contact that is there and makes sure that it arrived. `fields`: all that the account has. Throws `not_found`
 * when the contact is gone, `conflict` when its e-mail address is another one's.
 */
export async function saveContact(
  api: HighLevelApi,
  known: KnownContact,
  { values, restrictions }: ContactChange,
  { locationId, fields }: Account,
): Promise<SavedContact> {
  const isSecondAddress = (known.additionalEmails ?? []).some((one) => isSameEmail(one, String(values.email ?? '')))
  const { companyName, ...wanted } = isSecondAddress ? omit(values, 'email') : values
  const { body, leftOut } = contactBody(wanted, fields)
  const change = { ...body, ...restrict(known, restrictions) }
  const notes = { leftOut, isSecondAddress, fields }
  const put = Object.keys(change).length > 0 ? await putContact(api, known.id, change) : undefined
  const company = companyName === undefined ? undefined : String(companyName ?? '')
  if (!put && company === undefined) return { contact: undefined, effect: 'unchanged', note: leftOutSentences(notes) }
  const before = put?.contact ?? (await getContactThere(api, known.id))
  const after = company === undefined ? before : await writeCompany(api, { locationId, contact: before, company })
  const { refused = [], isNumberTaken = false } = put ?? {}
  const missing = [...leftOut, ...refused, ...(isNumberTaken ? ['phone'] : [])]
  const arrived = { ...arriving(wanted, missing), ...(after && company !== undefined && { companyName: company }) }
  const { contact, lost } = await readBack(api, after ?? before, { values: arrived, restrictions }, fields)
  const left = [...leftOut, ...refused, ...(after ? [] : ['companyName'])]
  return { contact, effect: 'updated', note: leftOutSentences({ ...notes, leftOut: left, isNumberTaken, lost }) }
}

/** The values whose properties went out: a refused `customFields` takes all of them along. */
export const arriving = (values: FieldValues, leftOut: readonly string[]): FieldValues =>
  Object.fromEntries(
    Object.entries(values).filter(([key]) => !leftOut.includes(key) && !leftOut.includes(String(key.split('.')[0]))),
  )

const omit = (values: FieldValues, name: string): FieldValues =>
  Object.fromEntries(Object.entries(values).filter(([key]) => key !== name))

/** What the answer does not show may be there all the same, so the contact is read once more before anything is called lost. */
export async function readBack(
  api: HighLevelApi,
  answered: WholeContact,
  { values, restrictions }: ContactChange,
  fields: readonly Field[],
): Promise<{ contact: WholeContact; lost: string[] }> {
  const lostIn = (contact: WholeContact): string[] => lostFields(values, contactValues(contact, fields), fields)
  if (lostIn(answered).length === 0 && isRestricted(answered, restrictions)) return { contact: answered, lost: [] }
  const contact = (await findContact(api, answered.id)) ?? answered
  if (!isRestricted(contact, restrictions)) throw new Trouble('unexpected_answer', { detail: NOT_RESTRICTED })
  return { contact, lost: lostIn(contact) }
}

const NOT_RESTRICTED =
  'Your account did not keep the do-not-disturb setting of this contact. Please set it there by hand.'
