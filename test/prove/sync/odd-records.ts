import { differs, hereOf, newPair, type Place, settled, thereOf } from './place.ts'

/** C6: the one that is linked goes, and the other one has its number from then on. */
export async function merged(place: Place): Promise<string[]> {
  const { ground, tenant } = place
  const { control } = ground.line.activeTrail
  const known = await newPair(place, { email: undefined })
  const number = String(thereOf(place, known.there)?.sms)
  const kept = control.createContact({ email: known.email }, tenant.token)
  const group = control.createGroup('Merged', tenant.token)
  await fetch(`${ground.line.activeTrailUrl}/api/groups/${group.id}/members`, {
    method: 'POST',
    headers: { authorization: tenant.token, 'content-type': 'application/json' },
    body: JSON.stringify({ email: known.email, sms: number, is_solve_merge: true }),
  })
  await settled(place)
  ground.line.highLevel.control.updateContact(known.here, { firstName: 'After the merge' })
  await settled(place)
  const living = control.contacts(tenant.token).filter(({ sms, is_deleted }) => sms === number && !is_deleted)
  const link = await ground.sql('links').where({ tenant_id: tenant.tenantId, highlevel_id: known.here }).first()
  return [
    ...differs(
      'who has the number there',
      living.map(({ id }) => id),
      [kept.id],
    ),
    ...differs('first name there', living[0]?.first_name, 'After the merge'),
    ...differs('linked to', link?.partner_id, String(kept.id)),
  ]
}

const HOUR_MS = 3_600_000

/** C11 */
export async function backwards(place: Place): Promise<string[]> {
  const { highLevel, activeTrail } = place.ground.line
  const known = await newPair(place)
  const edit = (input: { city?: string; address1?: string }): void => {
    highLevel.control.advance(-HOUR_MS)
    highLevel.control.updateContact(known.here, input)
    highLevel.control.advance(HOUR_MS)
  }
  edit({ city: 'An hour ago' })
  await settled(place)
  const arrived = differs('city there', thereOf(place, known.there)?.city, 'An hour ago')
  highLevel.control.dropNextWebhooks(1)
  edit({ address1: 'Long before' })
  highLevel.control.dropNextWebhooks(0)
  activeTrail.control.editContact(known.there, { street: 'Just now' })
  await settled(place)
  return [
    ...arrived,
    ...differs('the later street here', hereOf(place, known.here)?.address1, 'Just now'),
    ...differs('the later street there', thereOf(place, known.there)?.street, 'Just now'),
  ]
}

/** HighLevel takes a value with 200 and does not keep it. */
export async function dropped(place: Place): Promise<string[]> {
  const { highLevel, activeTrail } = place.ground.line
  const known = await newPair(place, { address1: 'Kept' })
  highLevel.control.dropFields(['address1'])
  activeTrail.control.editContact(known.there, { street: 'Lost' })
  await settled(place)
  const [run] = await place.ground
    .sql('runs')
    .where({ tenant_id: place.tenant.tenantId })
    .orderBy('id', 'desc')
    .whereNotNull('reason')
    .limit(1)
  const before = highLevel.control.requests({ method: 'PUT' }).length
  activeTrail.control.editContact(known.there, { ext1: 'Something else' })
  await settled(place)
  const again = highLevel.control.requests({ method: 'PUT' }).length - before
  highLevel.control.dropFields([])
  activeTrail.control.editContact(known.there, { street: 'Arrived' })
  await settled(place)
  return [
    ...(run ? [] : ['nobody was told']),
    ...differs('writes of it once more', again, 0),
    ...differs('street here', hereOf(place, known.here)?.address1, 'Arrived'),
  ]
}
