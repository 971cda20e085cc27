import { setTimeout as sleep } from 'node:timers/promises'
import { locationTenantId } from '../../../src/tenants/tenant-id.ts'
import type { Random } from '../../support/random.ts'
import { untilSettled } from '../check-deliveries.ts'
import { type Finding, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import type { Part } from '../part.ts'
import { createSender, type Outgoing, type Sender } from '../sender.ts'

const DAY_MS = 86_400_000
const TENANTS = 3
const LOCATIONS = 6
const SENDERS = 8

/** Histories whose events arrive in any order, up to a day late by what they say of themselves. */
export const disorder: Part = {
  about: 'events of contacts and of installations in an order of chance [--histories 200]',
  prove: async (ground, sizes) => {
    const web = await ground.start('server')
    await ground.start('worker')
    const sender = createSender(() => web.url)
    return [
      ...(await disorderContacts(ground, sender, sizes.histories)),
      ...(await disorderInstallations(ground, sender, sizes.histories)),
      none('B2', 'processes that ended by themselves', ground.crashes().length),
    ]
  },
}

type History = { token: string; email: string; contactId: string; exists: boolean; name: string }

/** All of it has happened at HighLevel when the first event arrives. */
async function disorderContacts(ground: Ground, sender: Sender, count: number): Promise<Finding[]> {
  const { random, line } = ground
  const { control } = line.highLevel
  const tenants = []
  for (let index = 0; index < TENANTS; index++) tenants.push(await ground.openTenant())
  const histories: History[] = []
  const events: Outgoing[] = []
  for (let index = 0; index < count; index++) {
    const { locationId, token } = random.pick(tenants)
    const email = `disorder-${index}@example.com`
    const quietly = <T>(act: () => T): T => {
      control.dropNextWebhooks(1)
      return act()
    }
    const tell = (type: string, id: string): void => {
      const timestamp = new Date(Date.now() - random.between(0, DAY_MS)).toISOString()
      events.push(ground.event(locationId, { type, id, timestamp }))
    }
    const { id } = quietly(() => control.createContact(locationId, { email, firstName: 'Version 0' }))
    tell('ContactCreate', id)
    const updates = random.between(1, 5)
    for (let version = 1; version <= updates; version++) {
      quietly(() => control.updateContact(id, { firstName: `Version ${version}` }))
      tell('ContactUpdate', id)
    }
    const exists = random.next() < 0.7
    if (!exists) quietly(() => control.deleteContact(id))
    if (!exists) tell('ContactDelete', id)
    histories.push({ token, email, contactId: id, exists, name: `Version ${updates}` })
  }
  await sendInAnyOrder(random, sender, events)
  const left = await untilSettled(ground.sql)
  const namesOf = ({ token, email }: History): unknown[] =>
    line.activeTrail.control
      .contacts(token)
      .filter((contact) => contact.email === email)
      .map((contact) => contact.first_name)
  const living = histories.filter(({ exists }) => exists)
  const gone = histories.filter(({ exists }) => !exists)
  return [
    shown('B2', 'histories of contacts, their events in an order of chance', count),
    shown('B2', 'events sent', events.length),
    none('B2', 'deliveries not settled', left),
    none('B2', 'contacts missing at the partner', living.filter((one) => namesOf(one).length === 0).length),
    none('B2', 'contacts twice at the partner', histories.filter((one) => namesOf(one).length > 1).length),
    none(
      'B2',
      'contacts not in their last state there',
      living.filter((one) => namesOf(one).some((name) => name !== one.name)).length,
    ),
    none(
      'B2',
      'deleted contacts that a late event brought there',
      gone.filter((one) => namesOf(one).length > 0).length,
    ),
  ]
}

/** A location comes and goes; the last that is said of it, by the platform's time, is what is so. */
async function disorderInstallations(ground: Ground, sender: Sender, count: number): Promise<Finding[]> {
  const { random, sql, line } = ground
  const { appId } = line.config.highLevel
  const company = line.highLevel.control.companies()[0]?.id
  let wrong = 0
  let withTokens = 0
  let doneAfter = 0
  const rounds = Math.max(1, Math.round(count / 50))
  for (let round = 0; round < rounds; round++) {
    const events: Outgoing[] = []
    const expected = new Map<string, boolean>()
    for (let index = 0; index < LOCATIONS; index++) {
      const locationId = `location${random.between(1, 1e9)}`
      const steps = random.between(2, 4)
      const startedAt = Date.now() - DAY_MS
      for (let step = 0; step < steps; step++) {
        const type = step % 2 === 0 ? 'INSTALL' : 'UNINSTALL'
        const timestamp = new Date(startedAt + step * 60_000).toISOString()
        events.push(ground.event(locationId, { type, timestamp, companyId: company, installType: 'Location' }))
        const change = { type: 'ContactUpdate', id: `contact${index}`, timestamp: new Date(startedAt + 1000 * step) }
        events.push(ground.event(locationId, change))
      }
      expected.set(locationTenantId(appId, locationId), steps % 2 === 1)
    }
    await sendInAnyOrder(random, sender, events)
    await untilSettled(sql)
    await sleep(200)
    for (const [tenantId, isInstalled] of expected) {
      const [row] = await sql('installations').where({ tenant_id: tenantId }).select('status')
      if ((row?.status !== 'uninstalled') !== isInstalled) wrong++
      const tokens = await sql('installation_tokens').where({ tenant_id: tenantId }).pluck('tenant_id')
      if (!isInstalled && tokens.length > 0) withTokens++
      const done = await sql('deliveries')
        .where({ tenant_id: tenantId, event_type: 'ContactUpdate', state: 'done' })
        .pluck('id')
      if (!isInstalled) doneAfter += done.length
    }
  }
  return [
    shown('B11', 'locations that came and went, told in an order of chance', rounds * LOCATIONS),
    none('B11', 'installations in another state than the last that was said', wrong),
    none('B11', 'uninstalled locations with tokens', withTokens),
    none('B11', 'events of uninstalled locations that were carried out', doneAfter),
  ]
}

async function sendInAnyOrder(random: Random, sender: Sender, events: Outgoing[]): Promise<void> {
  const order = events.map((event) => ({ event, at: random.next() })).sort((left, right) => left.at - right.at)
  const lane = async (): Promise<void> => {
    for (let next = order.shift(); next; next = order.shift()) await sender.send(next.event)
  }
  await Promise.all(Array.from({ length: SENDERS }, lane))
}
