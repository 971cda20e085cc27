import type { ReadyFlow } from '../../connector.ts'
import type { MappingRow } from '../../flow-definition.ts'
import { flow, same, syncContact } from './steps.ts'

/** ActiveTrail's field, HighLevel's field. State, country, company and website have no column there. */
const PAIRS = [
  ['email', 'email'],
  ['sms', 'phone'],
  ['first_name', 'firstName'],
  ['last_name', 'lastName'],
  ['street', 'address1'],
  ['city', 'city'],
  ['zip_code', 'postalCode'],
  ['birthday', 'dateOfBirth'],
] as const

export const toActiveTrail: MappingRow[] = PAIRS.map(([there, here]) => same(there, here))
const fromActiveTrail: MappingRow[] = PAIRS.map(([there, here]) => same(here, there))

export const contactFlows: ReadyFlow[] = [
  {
    key: 'contacts',
    name: 'Contacts to ActiveTrail',
    description:
      'Whenever a contact is created or changed, it is created or updated in ActiveTrail. Tags become groups, and whoever must not be reached is unsubscribed there.',
    isFirst: true,
    definition: flow('highlevel.contact_changed', [syncContact(toActiveTrail)]),
  },
  {
    key: 'contacts_back',
    name: 'Contacts from ActiveTrail',
    description:
      'Whenever a contact is added or changed in ActiveTrail, it is created or updated here. Groups become tags, and whoever unsubscribed there must not be reached here either.',
    isFirst: false,
    definition: flow('activetrail.contact_changed', [syncContact(fromActiveTrail)]),
  },
]
