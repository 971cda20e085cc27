import { setTimeout as sleep } from 'node:timers/promises'
import { countWaiting, drainRate } from '../drain.ts'
import { createInboxFiller } from '../fill-inbox.ts'
import { atLeast, atMost, exactly, inSeconds, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import type { Part } from '../part.ts'
import { createSender, type Outgoing } from '../sender.ts'

const ONE_IN = 1000
const PRELOAD = new URL('../named-point.ts', import.meta.url)
const NEIGHBOURS = 20
const LONGEST_MS = 240_000

/** Deliveries that can never be worked on: some throw each time, one ends its worker each time. */
export const poison: Part = {
  about: 'one delivery in a thousand always throws, another one kills its worker [--backlog 20000]',
  prove: async (ground, sizes) => {
    const filler = await createInboxFiller(ground)
    const [locationId = ''] = await filler.openLocations(1)
    const next = (index: number): Outgoing => ground.event(locationId, { type: 'InvoiceSent', id: `invoice-${index}` })
    try {
      await filler.fill(sizes.backlog / 2, next)
      const worker = await ground.start('worker')
      const sound = await drainRate(ground)
      await worker.stop()
      await filler.fill(sizes.backlog / 2, next)
      const poisoned = await poisonSome(ground)
      const other = await ground.start('worker')
      const startedAt = performance.now()
      while ((await countWaiting(ground)) > poisoned) await sleep(100)
      const rate = ((sizes.backlog / 2) * 1000) / (performance.now() - startedAt)
      await other.stop()
      await ground.sql('deliveries').where({ state: 'received' }).update({ state: 'dead', reason: 'taken out' })
      return [
        shown('E12', `${sizes.backlog / 2} deliveries drain`, sound, '/s'),
        shown('E12', 'of as many, deliveries that always throw', poisoned),
        atLeast('E12', 'the others drain beside them', rate, 0.95 * sound),
        ...(await killerOf(ground)),
      ]
    } finally {
      await filler.close()
    }
  },
}

/** What nobody can open is a surprise each time. */
async function poisonSome({ sql }: Ground): Promise<number> {
  const { rows } = await sql.raw(
    `with numbered as (select tenant_id, id, row_number() over (order by id) as n from deliveries where state = 'received')
     update deliveries d set body = 'this was never sealed' from numbered
     where d.tenant_id = numbered.tenant_id and d.id = numbered.id and n % ${ONE_IN} = 1 returning d.id`,
  )
  return rows.length
}

/** One contact ends whoever asks for it; workers are started again each time, as whoever runs processes does. */
async function killerOf(ground: Ground) {
  const { control } = ground.line.highLevel
  const tenant = await ground.openTenant()
  const contacts = Array.from({ length: NEIGHBOURS + 1 }, (_, index) => {
    control.dropNextWebhooks(1)
    return control.createContact(tenant.locationId, { email: `poison-${index}@example.com`, firstName: 'P' }).id
  })
  const [deadly = '', ...neighbours] = contacts
  const web = await ground.start('server')
  const sender = createSender(() => web.url)
  const events = contacts.map((id) => ground.event(tenant.locationId, { type: 'ContactUpdate', id }))
  for (const event of events) await sender.send(event)
  const states = async (): Promise<{ delivery_id: string; state: string; attempts: number }[]> =>
    ground
      .sql('deliveries')
      .whereIn(
        'delivery_id',
        events.map(({ webhookId }) => webhookId),
      )
      .select('delivery_id', 'state', 'attempts')
  const startedAt = performance.now()
  let neighboursMs = 0
  let workers = 0
  const start = async () => {
    workers++
    return ground.start('worker', { preload: PRELOAD, environment: { PROVE_POINT: `/contacts/${deadly}:1` } })
  }
  let worker = await start()
  for (let waiting = contacts.length; waiting > 0 && performance.now() - startedAt < LONGEST_MS; await sleep(100)) {
    if (worker.hasEnded()) worker = await start()
    const found = (await states()).filter(({ state }) => state === 'received')
    waiting = found.length
    if (neighboursMs === 0 && found.every((one) => one.delivery_id === events[0]?.webhookId)) {
      neighboursMs = performance.now() - startedAt
      ground.say(`the others are done after ${workers} workers`)
    }
  }
  const all = await states()
  const dead = all.filter(({ state }) => state === 'dead')
  return [
    shown('E12', 'workers that one delivery ended', workers - 1),
    exactly('E12', 'deliveries put aside as dead', dead.length, 1),
    none('E12', 'of these others than the one', dead.filter((one) => one.delivery_id !== events[0]?.webhookId).length),
    atMost('E12', `its ${neighbours.length} neighbours are done after`, inSeconds(neighboursMs), 60),
    atMost('E12', 'it is put aside after', inSeconds(performance.now() - startedAt), 200),
  ]
}
