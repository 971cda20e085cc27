import { createContact } from './contacts.ts'
import { createGroup, joinGroup } from './groups.ts'
import { type Account, openAccount, type World } from './state.ts'

const FIVE_MONTHS_MS = 150 * 24 * 60 * 60 * 1000

/** The first account: a little of everything, so that the page is not empty. */
export function seedAccount(world: World): Account {
  const account = openAccount(world, { name: 'Sandbox account' })
  account.fieldLabels = [
    { column: 'FirstName', label: 'First name' },
    { column: 'Ext1', label: 'Company' },
    { column: 'EXT2', label: 'מקור הגעה' },
    { column: 'ext7', label: 'Membership number' },
    { column: 'Date1', label: 'Renewal date' },
    { column: 'NUM1', label: 'Visits' },
  ]
  const newsletter = createGroup(world, account, 'Newsletter')
  createGroup(world, account, 'לקוחות VIP')
  const noa = createContact(world, account, { email: 'noa@example.com', first_name: 'Noa', last_name: 'Levi' })
  const dana = createContact(world, account, { email: 'dana@example.com', first_name: 'דנה', last_name: 'כהן' })
  for (const { id } of [noa, dana]) joinGroup(world, account, newsletter.id, id)
  // Older than the lists' default window.
  dana.stateChangedAt = new Date(world.now() - FIVE_MONTHS_MS).toISOString()
  return account
}
