import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi } from './api.ts'
import { isRefusal } from './refusal.ts'
import { findContact, type WholeContact } from './whole-contact.ts'
import { type ContactBody, updateContact } from './write-contacts.ts'

/** `refused`: properties that the platform did not take; `isNumberTaken`: the number belongs to another contact. */
export type PutContact = { contact: WholeContact; refused: string[]; isNumberTaken: boolean }

/** Writes what can be written: one value that the platform refuses does not keep the others from arriving. */
export async function putContact(api: HighLevelApi, contactId: string, body: ContactBody): Promise<PutContact> {
  try {
    return { contact: await updateContact(api, contactId, body), refused: [], isNumberTaken: false }
  } catch (error) {
    const obstacle = obstacleIn(error, body)
    if (!obstacle) throw error
    const rest = without(body, obstacle.names)
    const isNumberTaken = obstacle.kind === 'number_taken'
    const refused = isNumberTaken ? [] : obstacle.names
    if (Object.keys(rest).length === 0) {
      return { contact: await getContactThere(api, contactId), refused, isNumberTaken }
    }
    const later = await putContact(api, contactId, rest)
    return {
      contact: later.contact,
      refused: [...refused, ...later.refused],
      isNumberTaken: isNumberTaken || later.isNumberTaken,
    }
  }
}

type Obstacle = { kind: 'refused' | 'number_taken'; names: string[] }

/** What could be left out so that the rest is taken; undefined where nothing may be. A restriction is never left out. */
export function obstacleIn(error: unknown, body: object): Obstacle | undefined {
  if (isRefusal(error, 'duplicate_contact')) {
    if (error.duplicate?.matchingField === 'email') throw emailTaken()
    return 'phone' in body ? { kind: 'number_taken', names: ['phone'] } : undefined
  }
  if (!isRefusal(error) || error.status !== 422) return undefined
  const names = error.properties.filter((name) => name in body)
  const isWhole = names.length === error.properties.length && !names.some((name) => name.startsWith('dnd'))
  return names.length > 0 && isWhole ? { kind: 'refused', names } : undefined
}

export const emailTaken = (): Trouble =>
  new Trouble('conflict', {
    detail:
      'In your account this e-mail address belongs to another contact. Merge the two there, or correct one of the addresses.',
  })

export const without = <Body extends object>(body: Body, names: readonly string[]): Partial<Body> => {
  const rest = { ...body }
  for (const name of names) Reflect.deleteProperty(rest, name)
  return rest
}

/** Throws `not_found`. */
export async function getContactThere(api: HighLevelApi, contactId: string): Promise<WholeContact> {
  const contact = await findContact(api, contactId)
  if (!contact) throw new Trouble('not_found', { detail: 'The contact does not exist in your account (any more).' })
  return contact
}
