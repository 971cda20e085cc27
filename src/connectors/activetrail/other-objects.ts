import type { Field } from '../../lib/field.ts'
import type { ObjectKey, ObjectType } from '../connector.ts'
import type { ActiveTrailCredentials } from './client.ts'

const id: Field = { key: 'id', label: 'ActiveTrail id', type: 'number', readOnly: true }
const name: Field = { key: 'name', label: 'Name', type: 'text' }

const object = (key: ObjectKey, called: string, fields: Field[]): ObjectType<ActiveTrailCredentials> => ({
  key,
  name: called,
  fields,
  listFields: async () => fields,
})

/** What events and actions are about beside contacts and groups. None of it is kept in step with anything. */
export const otherObjects: ObjectType<ActiveTrailCredentials>[] = [
  object('campaign', 'Campaign', [id, name, { key: 'subject', label: 'Subject', type: 'text' }]),
  object('message', 'Message', [id, name, { key: 'content', label: 'Text', type: 'text' }]),
  object('automation', 'Journey', [id, name]),
  object('form', 'Landing page or form', [id, name]),
  object('account', 'Account', [name]),
]
