import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { quiet } from '../../support/two-way.ts'
import { atMost, type Finding, none } from '../finding.ts'
import type { Ground } from '../ground.ts'
import type { Tenant } from './carry-out.ts'
import { emailOf, phoneOf } from './edits.ts'
import { gzipBomb, type Middleman, type Spoiler, startMiddleman } from './middleman.ts'
import { openTown } from './town.ts'

/** One location, with the product's way to either side through our hands. */
export type Place = { ground: Ground; tenant: Tenant; platform: Middleman; partner: Middleman }

type Case = { id: string; about: string; find(place: Place): Promise<string[]> }

const CASES: Case[] = [
  { id: 'C3', about: 'answers that never end keep nothing from arriving', find: endless },
  {
    id: 'C4',
    about: 'answers of ActiveTrail that cannot be read do no harm, and the next edit arrives',
    find: garbled,
  },
  {
    id: 'C4',
    about: 'answers of HighLevel that cannot be read do no harm, and the next edit arrives',
    find: garbledHere,
  },
  { id: 'C6', about: 'a contact that was merged into another there is followed', find: merged },
  {
    id: 'C10',
    about: 'a field that vanishes, is null or of another type erases nothing and stops no other',
    find: reshaped,
  },
  { id: 'C11', about: 'a platform whose clock goes back loses no edit, and its older edit loses', find: backwards },
  {
    id: '3.5',
    about: 'a field that HighLevel drops in silence is told, and written again only once it changes',
    find: dropped,
  },
]

const MOST_MEGABYTES = 300

/** C3, C4, C6, C10, C11: what is too rare to be left to chance. */
export async function proveCases(ground: Ground, seed: number): Promise<Finding[]> {
  const { line, say } = ground
  const [platform, partner] = [await startMiddleman(line.highLevelUrl), await startMiddleman(line.activeTrailUrl)]
  const worker = await ground.start('worker', {
    environment: { HIGHLEVEL_API_URL: platform.url, ACTIVETRAIL_API_URL: `${partner.url}/api` },
  })
  const [opened] = await openTown(line, [seed], { people: 0, rounds: 0, editsPerRound: 0, losesWebhooks: false }, {})
  if (!opened) throw new Error('No location was opened.')
  const findings: Finding[] = []
  for (const { id, about, find } of CASES) {
    const problems = await find({ ground, tenant: opened.tenant, platform, partner })
    for (const problem of problems) say(`${id}: ${problem}`)
    findings.push(none(id, about, problems.length))
    platform.stop()
    partner.stop()
  }
  const memory = await peakMegabytes(worker.child.pid)
  if (memory !== null) findings.push(atMost('C4', 'most memory of the worker', memory, MOST_MEGABYTES, 'MB'))
  await Promise.all([platform.close(), partner.close()])
  return findings
}

/** Null where the system does not tell. */
async function peakMegabytes(pid: number | undefined): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /VmHWM:\s+(\d+)/.exec(status)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) / 1024
}

let lastPerson = 0

type Known = { email: string; here: string; there: number }

const settled = ({ ground }: Place): Promise<void> => quiet(ground.line, null, 120_000)
const hereOf = ({ ground }: Place, id: string) => ground.line.highLevel.control.contact(id)
const thereOf = ({ ground, tenant }: Place, id: number) =>
  ground.line.activeTrail.control.contacts(tenant.token).find((contact) => contact.id === id)

async function newPair(place: Place, fields: object = {}): Promise<Known> {
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

const differs = (what: string, is: unknown, wanted: unknown): string[] =>
  JSON.stringify(is) === JSON.stringify(wanted) ? [] : [`${what}: ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`]

const openWrites = async (place: Place): Promise<string[]> =>
  (await place.ground.sql('writes').where({ tenant_id: place.tenant.tenantId, state: 'open' })).map(
    ({ kind }) => `a write is open: ${kind}`,
  )

async function endless(place: Place): Promise<string[]> {
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

function garbled(place: Place): Promise<string[]> {
  return withGarbage(place, ({ there }, spoiler) =>
    place.partner.spoil('GET', new RegExp(`/contacts/${there}$`), spoiler),
  )
}

function garbledHere(place: Place): Promise<string[]> {
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

/** The one that is linked goes, and the other one has its number from then on. */
async function merged(place: Place): Promise<string[]> {
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

const RESHAPED: Record<string, unknown> = {
  vanished: undefined,
  empty: null,
  'an object': { a: 1 },
  'a number': 7,
  'a list': ['x'],
}

async function reshaped(place: Place): Promise<string[]> {
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

const HOUR_MS = 3_600_000

async function backwards(place: Place): Promise<string[]> {
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

async function dropped(place: Place): Promise<string[]> {
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
