import { setTimeout as sleep } from 'node:timers/promises'
import { quantilesOf } from '../../bench/quantiles.ts'
import { untilSettled } from '../check-deliveries.ts'
import { drainRate } from '../drain.ts'
import { createInboxFiller } from '../fill-inbox.ts'
import { atLeast, atMost, type Finding, inSeconds, longest, none, shown } from '../finding.ts'
import { startFleet } from '../fleet.ts'
import type { Ground } from '../ground.ts'
import type { Part } from '../part.ts'
import { createSender } from '../sender.ts'

const TENANTS = 6
const CONTACTS = 8
/** Long enough that a worker always has something in hand when it is killed. */
const PARTNER_MS = 800
/** What nobody had in hand when its worker was killed is done sooner. */
const AT_ONCE_MS = 2000
const LONGEST_MS = 60_000

/** How long work lies about when the worker that had it in hand is killed, or the database was away. */
export const recovery: Part = {
  about: 'a worker killed with work in hand, timed one by one; Postgres killed before a backlog [--recoveries 6]',
  prove: async (ground, sizes) => [
    ...(await killWorkers(ground, sizes.recoveries)),
    ...(await killPostgres(ground, sizes.backlog / 4)),
  ],
}

async function killWorkers(ground: Ground, times: number): Promise<Finding[]> {
  const { sql, line, random } = ground
  const fleet = await startFleet(ground, { webs: 1, workers: 2 })
  const sender = createSender(() => fleet.webs()[0]?.url)
  const contacts: { locationId: string; id: string }[] = []
  for (let index = 0; index < TENANTS; index++) {
    const { locationId } = await ground.openTenant()
    for (let number = 0; number < CONTACTS; number++) {
      line.highLevel.control.dropNextWebhooks(1)
      const email = `${index}-${number}@example.com`
      contacts.push({ locationId, id: line.highLevel.control.createContact(locationId, { email, firstName: 'R' }).id })
    }
  }
  line.activeTrail.control.fail({ delayMs: PARTNER_MS, times: 1e9 })
  const tookMs: number[] = []
  const restMs: number[] = []
  for (let turn = 0; turn < times; turn++) {
    await Promise.all(
      contacts.map(({ locationId, id }) => sender.send(ground.event(locationId, { type: 'ContactUpdate', id }))),
    )
    await sleep(random.between(100, PARTNER_MS))
    const killedAt = performance.now()
    const replaced = fleet.replace('worker', random.pick(fleet.workers()))
    const inHand: string[] = await sql('deliveries').where({ state: 'received' }).where('attempts', '>', 0).pluck('id')
    while (inHand.length > 0 && performance.now() - killedAt < LONGEST_MS) {
      await sleep(50)
      const lost = await sql('deliveries').whereIn('id', inHand).where({ state: 'received', attempts: 1 }).pluck('id')
      for (const id of inHand.filter((one) => !lost.includes(one))) {
        inHand.splice(inHand.indexOf(id), 1)
        tookMs.push(performance.now() - killedAt)
      }
    }
    tookMs.push(...inHand.map(() => LONGEST_MS))
    await replaced
    await untilSettled(sql)
    restMs.push(performance.now() - killedAt)
    ground.say(`worker killed ${turn + 1} times`)
  }
  line.activeTrail.control.clearFaults()
  for (const worker of fleet.workers()) await worker.stop()
  ground.say('workers stopped')
  const late = tookMs.filter((took) => took > AT_ONCE_MS)
  return [
    shown('R6', 'workers killed with work in hand', times),
    shown('R6', 'deliveries they had in hand', late.length),
    ...(late.length > 0 ? [shown('R6', 'of these begun again, median', inSeconds(quantilesOf(late).p50), 's')] : []),
    atMost('R6', 'of these begun again, the last', inSeconds(longest(late)), 20),
    atMost('R6', 'a worker killed, and everything is settled, the longest', inSeconds(longest(restMs)), 40),
    none('R6', 'processes that ended by themselves', ground.crashes().length),
  ]
}

/** The same backlog twice: once as it is, once with Postgres killed just before. */
async function killPostgres(ground: Ground, count: number): Promise<Finding[]> {
  const filler = await createInboxFiller(ground)
  const web = await ground.start('server')
  const worker = await ground.start('worker')
  try {
    const [locationId = ''] = await filler.openLocations(1)
    const fill = () =>
      filler.fill(count, (index) => ground.event(locationId, { type: 'InvoiceSent', id: `invoice-${index}` }))
    await fill()
    ground.say(`a backlog of ${count} waits`)
    const undisturbed = await drainRate(ground)
    await fill()
    ground.say('Postgres is killed')
    ground.postgres.kill()
    await sleep(500)
    await ground.postgres.restart()
    const backAt = performance.now()
    await createSender(() => web.url).send(ground.event(locationId, { type: 'InvoiceSent', id: 'first' }))
    const storedMs = performance.now() - backAt
    const rate = await drainRate(ground)
    return [
      atMost('R6', 'Postgres is back, and deliveries are stored', inSeconds(storedMs), 2),
      shown('R6', `a backlog of ${count} drains`, undisturbed, '/s'),
      atLeast('R6', 'the same with Postgres killed before it', rate, 0.8 * undisturbed),
    ]
  } finally {
    await worker.stop()
    await filler.close()
  }
}
