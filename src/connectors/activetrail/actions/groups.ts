import { z } from 'zod'
import type { Field } from '../../../lib/field.ts'
import type { Action } from '../../connector.ts'
import {
  type ActiveTrailClient,
  type ActiveTrailCredentials,
  createClient,
  deleteIfThere,
  orNotFound,
} from '../client.ts'
import { ensureGroupNamed, findGroup } from '../find-group.ts'
import { contactAnswer } from '../schemas.ts'
import { filledInObject, groupName, id } from './inputs.ts'
import { byOneKey, locate, who, whoFields, withContact } from './who.ts'

const membership = who.extend({
  group_id: id.optional(),
  group_name: groupName.optional(),
  /** Lets the journeys start that wait for somebody to join. */
  is_trigger_events: z.boolean('Enter true or false.').optional(),
})

/** `group_id` or `group_name`, and who: each of them is enough. */
export const membershipFields: Field[] = [
  { key: 'group_id', label: 'Group', type: 'text' },
  { key: 'group_name', label: 'Name of the group', type: 'text' },
  ...whoFields,
]
const triggerField: Field = { key: 'is_trigger_events', label: 'Start journeys', type: 'boolean' }

const namesGroup = (input: Pick<Membership, 'group_id' | 'group_name'>): boolean =>
  Boolean(input.group_id || input.group_name)
const SAY_GROUP = 'Say which group: its id or its name.'

type Membership = z.infer<typeof membership>

const addition = withContact(membership.refine(namesGroup, SAY_GROUP))
/** Which group, and who. */
export const groupAndContact = withContact(membership.omit({ is_trigger_events: true }).refine(namesGroup, SAY_GROUP))

export const addToGroup: Action<ActiveTrailCredentials, z.infer<typeof addition>> = {
  key: 'add_to_group',
  name: 'Add to group',
  description: 'Adds the contact to a group, creating the group if its name is new, and starts journeys if asked to.',
  object: 'group',
  fields: [...membershipFields, triggerField],
  input: addition,
  repeat: 'repeatable',
  async run(context, input) {
    const client = createClient(context)
    const known = await locate(context, input)
    if (known?.is_deleted) {
      return { id: String(known.id), effect: 'declined', note: 'The contact is deleted in ActiveTrail.' }
    }
    const groupId = input.group_id ?? (await ensureGroupNamed(client, input.group_name as string)).group.id
    // Joining again changes nothing, but would start the group's journeys again if they are to start.
    if (known && input.is_trigger_events && (await isMember(client, groupId, known.id))) {
      return { id: String(known.id), effect: 'unchanged', note: 'Already in the group, so no journey was started.' }
    }
    const member = { ...byOneKey(known ?? input), is_trigger_events: input.is_trigger_events ?? false }
    const joined = await client.post(`/groups/${groupId}/members`, member, contactAnswer)
    return { id: String(joined.id), effect: known ? 'updated' : 'created', record: joined }
  },
}

export const removeFromGroup: Action<ActiveTrailCredentials, z.infer<typeof groupAndContact>> = {
  key: 'remove_from_group',
  name: 'Remove from group',
  description: 'Takes the contact out of a group. The contact itself stays.',
  object: 'group',
  fields: membershipFields,
  input: groupAndContact,
  repeat: 'repeatable',
  async run(context, input) {
    const client = createClient(context)
    const contactId = input.contact_id ?? (await locate(context, input))?.id
    if (!contactId) return { id: null, effect: 'unchanged', note: 'ActiveTrail does not have this contact.' }
    const unchanged = { id: String(contactId), effect: 'unchanged' } as const
    const groupId = input.group_id ?? (await findGroup(client, input.group_name as string))?.id
    if (!groupId) return { ...unchanged, note: 'ActiveTrail has no group of this name.' }
    // Not a member, no such contact, no such group: all answered 404, and all mean that it is not in there.
    const left = await deleteIfThere(client, `/groups/${groupId}/members/${contactId}`)
    return left ? { id: String(contactId), effect: 'removed' } : unchanged
  },
}

export const ensureGroup: Action<ActiveTrailCredentials, { name: string }> = {
  key: 'ensure_group',
  name: 'Find or create group',
  description: 'Finds the group of exactly this name, or creates it.',
  object: 'group',
  fields: [{ key: 'name', label: 'Name', type: 'text', required: true }],
  input: filledInObject(z.strictObject({ name: groupName })),
  repeat: 'repeatable',
  async run(context, input) {
    const { group, isNew } = await ensureGroupNamed(createClient(context), input.name)
    return { id: String(group.id), effect: isNew ? 'created' : 'unchanged' }
  },
}

const renaming = z.strictObject({ group_id: id, name: groupName })

export const renameGroup: Action<ActiveTrailCredentials, z.infer<typeof renaming>> = {
  key: 'rename_group',
  name: 'Rename group',
  description: 'Gives a group another name.',
  object: 'group',
  fields: [
    { key: 'group_id', label: 'Group', type: 'text', required: true },
    { key: 'name', label: 'Name', type: 'text', required: true },
  ],
  input: filledInObject(renaming),
  repeat: 'repeatable',
  async run(context, input) {
    await createClient(context).put(`/groups/${input.group_id}`, { name: input.name })
    return { id: String(input.group_id), effect: 'updated' }
  },
}

const isMember = async (client: ActiveTrailClient, groupId: number, contactId: number): Promise<boolean> =>
  (await orNotFound(client.get(`/groups/${groupId}/members/${contactId}`, {}, contactAnswer))) !== undefined
