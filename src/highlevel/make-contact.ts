import type { Field, FieldValues } from '../lib/field.ts'
import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { newContactBody } from './contact-body.ts'
import { restrict } from './do-not-disturb.ts'
import { asNumber } from './identity.ts'
import { leftOutSentences } from './left-out-sentences.ts'
import { matchContacts } from './match-contacts.ts'
import { emailTaken, obstacleIn, without } from './put-contact.ts'
import { isRefusal } from './refusal.ts'
import { arriving, type ContactChange, readBack, saveContact } from './save-contact.ts'
import { ThereAfterAll } from './there-after-all.ts'
import type { WholeContact } from './whole-contact.ts'
import { createContact, type NewContactBody, upsertContact } from './write-contacts.ts'

export type MadeContact = {
  contact: WholeContact
  effect: 'created' | 'updated' | 'unchanged'
  note: string | undefined
}

export type MakeContact = ContactChange & {
  /** It was looked for just now, and nobody has its e-mail address or its number. */
  isAbsent: boolean
  /** Only a search of a moment ago says so: where the platform knows better, `ThereAfterAll` is thrown and nothing written. */
  isForeseen?: boolean
  /** Tags that it must have before any automation sees it; none where that does not matter. */
  firstTags: string[]
  /** Asked before a contact that is there already is written. */
  claim(contactId: string): Promise<void>
}

type Wanted = MakeContact & { locationId: string; fields: readonly Field[] }

/**
 * Finds the contact by e-mail address or number and writes to it, or makes it. Safe to be repeated: whatever became of an
 * attempt before, this one finds it. Throws `conflict` where several could be meant, or where someone else has the address.
 */
export async function makeContact(api: HighLevelApi, wanted: Wanted): Promise<MadeContact> {
  const { values, locationId } = wanted
  if (wanted.isAbsent) return createNew(api, wanted)
  const identity = { email: textOf(values.email), phone: textOf(values.phone) }
  const { exact, others } = await matchContacts(api, { locationId, ...identity, search: 'when_named' })
  if (exact.length > 1) throw new Trouble('conflict', { detail: SEVERAL })
  if (exact[0]) return writeTo(api, exact[0], wanted)
  if (others.byEmail.length > 0) throw emailTaken()
  return createNew(api, wanted, { isNumberTaken: others.byNumber.length > 0 })
}

const SEVERAL =
  'Several contacts of your account have this e-mail address or phone number. Merge them there, so that it is clear which one is meant.'

const textOf = (value: unknown): string | null => (typeof value === 'string' && value.trim() ? value.trim() : null)

const withoutPhone = ({ values: { phone: _phone, ...others } }: Wanted): FieldValues => others

async function writeTo(api: HighLevelApi, found: WholeContact, wanted: Wanted): Promise<MadeContact> {
  await wanted.claim(found.id)
  const { contact = found, effect, note } = await saveContact(api, found, wanted, wanted)
  return { contact, effect, note }
}

async function createNew(
  api: HighLevelApi,
  wanted: Wanted,
  { isNumberTaken } = { isNumberTaken: false },
): Promise<MadeContact> {
  const { restrictions, fields } = wanted
  const values = isNumberTaken ? withoutPhone(wanted) : wanted.values
  if (!hasIdentity(values)) throw new Trouble('rejected', { detail: isNumberTaken ? NUMBER_TAKEN : NO_IDENTITY })
  const { body, leftOut } = newContactBody(values, fields)
  const sent = await send(api, wanted, { ...body, ...restrict({}, restrictions) })
  if ('there' in sent) return writeTo(api, sent.there, wanted)
  if ('isNumberTaken' in sent) return createNew(api, wanted, sent)
  if (!sent.isNew) await wanted.claim(sent.contact.id)
  const missing = [...leftOut, ...sent.refused]
  const change = { values: arriving(values, missing), restrictions }
  const { contact, lost } = await readBack(api, sent.contact, change, fields)
  const note = leftOutSentences({ leftOut: missing, lost, isNumberTaken, fields })
  return { contact, effect: sent.isNew ? 'created' : 'updated', note }
}

/** What it can be found by again. */
export const hasIdentity = ({ email, phone }: FieldValues): boolean =>
  textOf(email) !== null || asNumber(textOf(phone)) !== null

export const NO_IDENTITY = 'A contact needs an e-mail address, or a phone number with its country code, to be created.'
const NUMBER_TAKEN = 'In your account this phone number belongs to another contact, and there is no e-mail address.'

type Sent =
  | { isNew: boolean; contact: WholeContact; refused: string[] }
  | { there: WholeContact }
  | { isNumberTaken: true }

/**
 * After a look, by the call that finds who is there in the same moment; with tags from the start, or without a look of our own, by
 * the one that never touches anyone who is there. A refusal may have made the contact all the same (issue 64), so that it is
 * looked for before the rest goes.
 */
async function send(api: HighLevelApi, wanted: Wanted, body: NewContactBody): Promise<Sent> {
  const { locationId, firstTags: tags, isAbsent, isForeseen } = wanted
  try {
    if (!isAbsent && tags.length === 0) return { ...(await upsertContact(api, { locationId, body })), refused: [] }
    return { isNew: true, contact: await createContact(api, { locationId, tags, body }), refused: [] }
  } catch (error) {
    if (isForeseen && isRefusal(error, 'duplicate_contact')) throw new ThereAfterAll(error)
    const there = await findMeant(api, error, { locationId, body })
    if (there) return { there }
    const obstacle = obstacleIn(error, body)
    if (!obstacle) throw error
    if (obstacle.kind === 'number_taken') return { isNumberTaken: true }
    const later = await send(api, wanted, without(body, obstacle.names))
    return 'contact' in later ? { ...later, refused: [...obstacle.names, ...later.refused] } : later
  }
}

async function findMeant(
  api: HighLevelApi,
  error: unknown,
  { locationId, body }: { locationId: string; body: NewContactBody },
): Promise<WholeContact | undefined> {
  if (!isRefusal(error) || (error.status !== 422 && error.kind !== 'duplicate_contact')) return undefined
  const identity = { locationId, email: body.email ?? null, phone: body.phone ?? null }
  const { exact } = await matchContacts(api, { ...identity, search: 'always' })
  if (exact.length > 1) throw new Trouble('conflict', { detail: SEVERAL })
  return exact[0]
}
