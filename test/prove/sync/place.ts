import { quiet } from '../../support/two-way.ts'
import type { Ground } from '../ground.ts'
import type { Tenant } from './carry-out.ts'
import { emailOf, phoneOf } from './edits.ts'
import type { Middleman } from './middleman.ts'

/** One location, with the product's way to either side through our hands. */
export type Place = { ground: Ground; tenant: Tenant; platform: Middleman; partner: Middleman }

let lastPerson = 0

export type Known = { email: string; here: string; there: number }

export const settled = ({ ground }: Place): Promise<void> => quiet(ground.line, null, 120_000)
export const hereOf = ({ ground }: Place, id: string) => ground.line.highLevel.control.contact(id)
export const thereOf = ({ ground, tenant }: Place, id: number) =>
  ground.line.activeTrail.control.contacts(tenant.token).find((contact) => contact.id === id)

export async function newPair(place: Place, fields: object = {}): Promise<Known> {
  const { ground, tenant } = place
  const person = 500 + lastPerson++
  const [email, phone] = [emailOf(tenant.index, person), phoneOf(tenant.index, person)]
  const input = { email, phone, firstName: 'Noa', lastName: 'Levi', city: 'Haifa', ...fields }
  const { id: here } = ground.line.highLevel.control.createContact(tenant.locationId, input)
  await settled(place)
  const there = ground.line.activeTrail.control.contacts(tenant.token).find((contact) => contact.sms === phone)
  if (!there) throw new Error('The contact did not arrive.')
  return { email, here, there: there.id }
}

/** A sentence where it is not as it should be. */
export const differs = (what: string, is: unknown, wanted: unknown): string[] =>
  JSON.stringify(is) === JSON.stringify(wanted) ? [] : [`${what}: ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`]

export const openWrites = async (place: Place): Promise<string[]> =>
  (await place.ground.sql('writes').where({ tenant_id: place.tenant.tenantId, state: 'open' })).map(
    ({ kind }) => `a write is open: ${kind}`,
  )
