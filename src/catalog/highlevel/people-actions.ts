import { z } from 'zod'
import { addFollowers, removeFollowers } from '../../highlevel/followers.ts'
import { isSameEmail } from '../../highlevel/identity.ts'
import { getCompanyId } from '../../highlevel/locations.ts'
import { listUsers, type User } from '../../highlevel/users.ts'
import type { Field } from '../../lib/field.ts'
import { Trouble } from '../../lib/trouble.ts'
import type { AnyPlatformAction, PlatformAction, PlatformContext } from '../platform-action.ts'
import { CONTACT } from './contact-input.ts'
import { id, optional, text } from './inputs.ts'
import { writeValues } from './update-contact.ts'

const USER: Field = { key: 'userId', label: 'User', type: 'option' }
const USER_EMAIL: Field = { key: 'userEmail', label: 'User, by e-mail address', type: 'email' }
const USERS: Field = { key: 'userIds', label: 'Users', type: 'list', required: true }

/** Of the account; none where the platform does not say which company it belongs to. */
async function usersOf({ api, locationId }: PlatformContext): Promise<User[]> {
  const companyId = await getCompanyId(api, locationId)
  return companyId ? listUsers(api, { companyId, locationId }) : []
}

async function chosenFromUsers(context: PlatformContext, field: Field): Promise<Field> {
  const users = await usersOf(context)
  return {
    ...field,
    options: users.map((user) => user.id),
    optionNames: Object.fromEntries(users.map((user) => [user.id, user.name])),
  }
}

const ONE = 'Choose a user, or enter the e-mail address of one.'
const assignment = z
  .strictObject({ contactId: id, userId: optional(id), userEmail: optional(text) })
  .refine(({ userId, userEmail }) => Boolean(userId) !== Boolean(userEmail), ONE)

const assignContact: PlatformAction<z.infer<typeof assignment>> = {
  key: 'assign_contact',
  name: 'Assign contact',
  description: 'Makes a user of the account responsible for the contact.',
  object: 'contact',
  scope: 'contacts.write',
  fields: [CONTACT, USER, USER_EMAIL],
  listFields: async (context) => [CONTACT, await chosenFromUsers(context, USER), USER_EMAIL],
  input: assignment,
  repeat: 'repeatable',
  run: async (context, { contactId, userId, userEmail }) =>
    writeValues(context, contactId, { assignedTo: userId ?? (await findUserId(context, userEmail ?? '')) }),
}

async function findUserId(context: PlatformContext, email: string): Promise<string> {
  const user = (await usersOf(context)).find((one) => isSameEmail(one.email, email))
  if (user) return user.id
  throw new Trouble('rejected', { detail: 'Nobody who works in your account has this e-mail address.' })
}

const AT_LEAST_ONE = 'Choose at least one user.'
const following = z.strictObject({ contactId: id, userIds: z.array(id, AT_LEAST_ONE).min(1, AT_LEAST_ONE) })

const changesFollowers = (
  described: { key: string; name: string; description: string },
  change: typeof addFollowers,
): PlatformAction<z.infer<typeof following>> => ({
  ...described,
  object: 'contact',
  scope: 'contacts.write',
  fields: [CONTACT, USERS],
  listFields: async (context) => [CONTACT, await chosenFromUsers(context, USERS)],
  input: following,
  repeat: 'repeatable',
  run: async ({ api }, { contactId, userIds }) => {
    const followers = await change(api, contactId, userIds)
    return { id: contactId, effect: 'updated', record: { id: contactId, followers } }
  },
})

export const peopleActions: AnyPlatformAction[] = [
  assignContact,
  changesFollowers(
    {
      key: 'add_followers',
      name: 'Add followers',
      description: 'Lets users of the account follow the contact; those who follow it stay.',
    },
    addFollowers,
  ),
  changesFollowers(
    {
      key: 'remove_followers',
      name: 'Remove followers',
      description: 'These users follow the contact no more; the others stay.',
    },
    removeFollowers,
  ),
]
