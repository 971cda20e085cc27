import { Trouble } from '../../../lib/trouble.ts'
import type { ActionResult } from '../../connector.ts'
import type { ActiveTrailClient } from '../client.ts'
import { differing, hasOptedOut, isSameEmail } from '../map.ts'
import { type Contact, contactAnswer } from '../schemas.ts'
import type { ContactInput } from './contact-input.ts'

/**
 * Someone may have been quicker: POST then answers a contact that was there before, whom the search did not see yet.
 */
export async function createContact(
  client: ActiveTrailClient,
  input: ContactInput,
  note?: string,
): Promise<ActionResult> {
  const made = await client.post('/contacts', input, contactAnswer)
  if (input.sms && isSomeoneElse(made, input)) return createWithoutNumber(client, input)
  const { effect, ...result } = await writeContact(client, made, input)
  return { ...(note && { note }), ...result, effect: effect === 'unchanged' ? 'created' : effect }
}

/** Where the number is another one's. */
export const createWithoutNumber = (
  client: ActiveTrailClient,
  { sms: _sms, ...others }: ContactInput,
): Promise<ActionResult> => createContact(client, others, NUMBER_TAKEN)

/** Only what differs is sent, so that whatever else was done there stays. */
export async function writeContact(
  client: ActiveTrailClient,
  known: Contact,
  input: ContactInput,
): Promise<ActionResult> {
  if (known.is_deleted) return await bringBack(client, known, input)
  // Under do-not-mail a change of status is refused, and do-not-mail is stricter than any status that is sent here.
  const missing = differing(known, known.is_do_not_mail ? withoutStatus(input) : input)
  if (isEmpty(missing)) return { id: String(known.id), effect: 'unchanged', record: known }
  return { id: String(known.id), effect: 'updated', ...(await put(client, known, missing)) }
}

/**
 * A deleted contact stays deleted until both flags are cleared; whoever opted out, or is to be opted out, is left alone.
 */
async function bringBack(client: ActiveTrailClient, known: Contact, input: ContactInput): Promise<ActionResult> {
  const id = String(known.id)
  if (hasOptedOut(known)) {
    return { id, effect: 'declined', note: 'Deleted in ActiveTrail after opting out: it was not brought back.' }
  }
  if (input.status || input.sms_status || input.is_do_not_mail) {
    return { id, effect: 'declined', note: 'Deleted in ActiveTrail, so it already receives nothing.' }
  }
  const changes = { ...differing(known, input), is_deleted: false, is_do_not_mail: false }
  const { note, ...result } = await put(client, known, changes)
  return { id, effect: 'revived', ...result, note: [BROUGHT_BACK, note].filter(Boolean).join(' ') }
}

type Put = Pick<ActionResult, 'note' | 'record'>

/** One address or number that is taken must not keep the rest from arriving; the address is who somebody is. */
async function put(client: ActiveTrailClient, { id }: Contact, changes: object): Promise<Put> {
  try {
    return answeredRecord(await client.put(`/contacts/${id}`, changes))
  } catch (error) {
    if (!isConflict(error)) throw error
    if (!('sms' in changes)) throw takenAddress()
  }
  const { sms: _sms, ...others } = changes
  return { ...(isEmpty(others) ? {} : await put(client, { id }, others)), note: NUMBER_TAKEN }
}

/** Some accounts answer the contact, some nothing. */
function answeredRecord(answer: unknown): Put {
  const { data } = contactAnswer.safeParse(answer)
  return data ? { record: data } : {}
}

const isConflict = (error: unknown): boolean => error instanceof Trouble && error.code === 'conflict'

/** Found by its number, but with another e-mail address: writing would turn one person into another. */
export const isSomeoneElse = (known: Contact, input: ContactInput): boolean =>
  Boolean(input.email && known.email && !isSameEmail(known.email, input.email))

const BROUGHT_BACK = 'It was deleted in ActiveTrail and has been brought back.'
const NUMBER_TAKEN = 'The SMS number was left out: in ActiveTrail it belongs to another contact.'

const takenAddress = (): Trouble =>
  new Trouble('conflict', {
    detail:
      'In ActiveTrail this e-mail address belongs to another contact. Merge the two there, or correct one of the addresses.',
  })

const withoutStatus = ({ status: _status, sms_status: _smsStatus, ...others }: ContactInput) => others

const isEmpty = (object: object): boolean => Object.keys(object).length === 0
