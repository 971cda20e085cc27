import type { Field } from '../../../lib/field.ts'
import type { PollTrigger } from '../../connector.ts'
import { type ActiveTrailCredentials, EVER, readAnswer } from '../client.ts'
import { pollTrigger } from '../polling/poll-trigger.ts'
import type { Watch } from '../polling/round.ts'
import { requiredId, source } from '../polling/sources.ts'
import { groupListAnswer } from '../schemas.ts'
import { contactRows } from './contacts.ts'
import { personFields } from './fields.ts'

const groupOption: Field = { key: 'group_id', label: 'Group', type: 'text', required: true }
const groupField: Field = { key: 'group_id', label: 'ActiveTrail id of the group', type: 'text' }

const members = (tells: Watch['tells']): Watch => ({
  tells,
  sources: async (_client, { options }) => {
    const group = requiredId(options, groupOption.key)
    const query = { CustomerStates: 'ALL', FromDate: EVER }
    return [source(`/groups/${group}/members`, { key: group, query, about: { group_id: group } })]
  },
  read: (answer) => contactRows(answer, ({ id }) => String(id)),
})

const groups: Watch = {
  tells: 'appeared',
  sources: async () => [source('/groups')],
  read: (answer) => ({
    rows: readAnswer(groupListAnswer, answer).map(({ id, name }) => ({
      key: String(id),
      who: { id: String(id) },
      at: null,
      data: { group_id: String(id), name },
    })),
  }),
}

export const groupTriggers: PollTrigger<ActiveTrailCredentials>[] = [
  pollTrigger({
    key: 'contact_joined_group',
    name: 'Contact joined a group',
    object: 'contact',
    options: [groupOption],
    fields: [...personFields, groupField],
    watch: members('appeared'),
  }),
  pollTrigger({
    key: 'contact_left_group',
    name: 'Contact left a group',
    object: 'contact',
    options: [groupOption],
    fields: [...personFields.filter(({ key }) => key === 'contact_id'), groupField],
    watch: members('vanished'),
  }),
  pollTrigger({
    key: 'group_created',
    name: 'Group created',
    object: 'group',
    fields: [groupField, { key: 'name', label: 'Name', type: 'text' }],
    watch: groups,
  }),
]
