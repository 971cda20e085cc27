import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipBomb, type Spoiler } from './middleman.ts'
import { differs, hereOf, type Known, newPair, openWrites, type Place, settled, thereOf } from './place.ts'

/** C3 */
export async function endless(place: Place): Promise<string[]> {
  const known = await newPair(place)
  place.partner.spoil('GET', new RegExp(`/contacts/${known.there}$`), { kind: 'drip' })
  place.ground.line.highLevel.control.updateContact(known.here, { firstName: 'After an endless answer' })
  await settled(place)
  return [
    ...differs('first name there', thereOf(place, known.there)?.first_name, 'After an endless answer'),
    ...(await openWrites(place)),
  ]
}

const garbage = (elsewhere: string): Record<string, Spoiler> => ({
  'a page for people': {
    kind: 'answer',
    body: '<!doctype html><h1>Welcome</h1>',
    headers: { 'content-type': 'text/html' },
  },
  'half of it': { kind: 'answer', body: '{"id": 12, "email": "cu' },
  'another encoding': { kind: 'answer', body: Buffer.from('{"id": 12}', 'utf16le') },
  'eleven megabytes': { kind: 'answer', body: `"${'x'.repeat(11 * 2 ** 20)}"` },
  'a bomb': { kind: 'answer', body: gzipBomb(500), headers: { 'content-encoding': 'gzip' } },
  elsewhere: { kind: 'answer', status: 302, body: '', headers: { location: elsewhere } },
})

/** C4 */
export function garbled(place: Place): Promise<string[]> {
  return withGarbage(place, ({ there }, spoiler) =>
    place.partner.spoil('GET', new RegExp(`/contacts/${there}$`), spoiler),
  )
}

/** C4 */
export function garbledHere(place: Place): Promise<string[]> {
  return withGarbage(place, ({ here }, spoiler) =>
    place.platform.spoil('GET', new RegExp(`/contacts/${here}`), spoiler),
  )
}

async function withGarbage(place: Place, spoil: (known: Known, spoiler: Spoiler) => void): Promise<string[]> {
  let followed = 0
  const elsewhere = createServer((_request, response) => {
    followed++
    response.end('{}')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  const problems: string[] = []
  const { control } = place.ground.line.highLevel
  for (const [name, spoiler] of Object.entries(
    garbage(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`),
  )) {
    const known = await newPair(place)
    spoil(known, spoiler)
    control.updateContact(known.here, { firstName: 'Unread' })
    await settled(place)
    control.updateContact(known.here, { lastName: 'Read' })
    await settled(place)
    const there = thereOf(place, known.there)
    problems.push(...differs(name, [there?.first_name, there?.last_name, there?.city], ['Unread', 'Read', 'Haifa']))
  }
  await new Promise((resolve) => elsewhere.close(resolve))
  return [...problems, ...differs('requests that followed a redirect', followed, 0), ...(await openWrites(place))]
}

const RESHAPED: Record<string, unknown> = {
  vanished: undefined,
  empty: null,
  'an object': { a: 1 },
  'a number': 7,
  'a list': ['x'],
}

/** C10 */
export async function reshaped(place: Place): Promise<string[]> {
  const problems: string[] = []
  const { control } = place.ground.line.highLevel
  for (const [name, city] of Object.entries(RESHAPED)) {
    const [there, here] = [await newPair(place), await newPair(place)]
    const atPartner = new RegExp(`/contacts/${there.there}$`)
    place.partner.spoil('GET', atPartner, { kind: 'change', body: (contact) => ({ ...contact, city }) })
    control.updateContact(there.here, { firstName: name })
    const atPlatform = new RegExp(`/contacts/${here.here}`)
    const change = (answer: Record<string, unknown>) => ({
      ...answer,
      contact: { ...(answer.contact as object), city },
    })
    place.platform.spoil('GET', atPlatform, { kind: 'change', body: change })
    control.updateContact(here.here, { firstName: name })
    await settled(place)
    for (const known of [there, here]) {
      const which = `${name}, ${known === there ? 'in ActiveTrail' : 'at HighLevel'}`
      problems.push(
        ...differs(`${which}: the other field`, thereOf(place, known.there)?.first_name, name),
        ...differs(`${which}: the city here`, hereOf(place, known.here)?.city, 'Haifa'),
      )
    }
  }
  return problems
}
