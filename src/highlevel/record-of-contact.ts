import { Trouble } from '../lib/trouble.ts'

/**
 * Tasks and notes live below their contact: no call reads one without it. So wherever one id must do (a link, the result of a
 * step) it is `<contactId>/<id>`. Neither part can hold a slash.
 */
export const joinRecordId = (contactId: string, id: string): string => `${contactId}/${id}`

/** Throws `Trouble` where no contact is named, since a record that cannot be looked for is not one that is gone. */
export function splitRecordId(recordId: string): { contactId: string; id: string } {
  const [, contactId, id] = /^([\w-]{1,64})\/([\w-]{1,64})$/.exec(recordId) ?? []
  if (contactId && id) return { contactId, id }
  throw new Trouble('rejected', { detail: 'The id of a task or a note has to name its contact: CONTACT/ID.' })
}
