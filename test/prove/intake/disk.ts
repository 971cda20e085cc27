import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { untilSettled } from '../check-deliveries.ts'
import { atLeast, atMost, exactly, inSeconds, longest, none, shown } from '../finding.ts'
import { startOpenLoop } from '../open-loop.ts'
import type { Part } from '../part.ts'
import { mountSmallDisk, type SmallDisk } from '../small-disk.ts'

const MEGABYTES = 300
const RATE = 60
const LONGEST_RECOVERY_MS = 60_000
const PADDING = 'x'.repeat(4000)

let small: SmallDisk | undefined

/** The database's file system is full to the last byte, and later is not. */
export const disk: Part = {
  about: 'the file system of the database is full for a while [--seconds 15]',
  prepare: async () => {
    small = await mountSmallDisk(MEGABYTES)
    if (!small) return 'A file system of its own cannot be mounted here: that takes root on Linux.'
    return {
      postgres: {
        dataDir: join(small.folder, 'database'),
        settings: { max_wal_size: '64MB', min_wal_size: '32MB' },
      },
      undo: small.remove,
    }
  },
  prove: async (ground, sizes) => {
    const { freeBytes, fill, free } = small as SmallDisk
    const web = await ground.start('server')
    await ground.start('worker')
    const { locationId } = await ground.openTenant()
    const acknowledged = new Set<string>()
    const load = startOpenLoop({
      random: ground.random,
      rate: RATE,
      next: () => ground.event(locationId, { type: 'InvoiceSent', id: 'someInvoice', note: PADDING }),
      pickUrl: () => web.url,
    })
    await sleep(2000)
    ground.say(`${Math.round(freeBytes() / 1e6)} MB are free and filled now`)
    fill()
    const fullAt = Date.now()
    const refused = () => load.answers.filter(({ status, at }) => status === 429 && at > fullAt)
    while (refused().length < 20 && Date.now() - fullAt < LONGEST_RECOVERY_MS) {
      await sleep(100)
      if (freeBytes() > 0) fill() // what Postgres itself has given back
    }
    await sleep((sizes.seconds * 1000) / 3)
    const ready = await fetch(`${web.url}/readyz`).then((answer) => answer.json() as Promise<{ reason?: string }>)
    ground.say(`full: /readyz says ${JSON.stringify(ready)}`)
    const wasDown = await isDown()
    free()
    const freedAt = performance.now()
    if (wasDown) await ground.postgres.restart()
    const isTaken = (): boolean => load.answers.slice(-5).every(({ status }) => status === 200)
    while (!isTaken() && performance.now() - freedAt < LONGEST_RECOVERY_MS) await sleep(50)
    const recoveredMs = performance.now() - freedAt
    await sleep(1000)
    await load.stop()
    for (const { status, webhookId } of load.answers) if (status === 200) acknowledged.add(webhookId)
    const left = await untilSettled(ground.sql)
    const stored = new Set(await ground.sql('deliveries').pluck('delivery_id'))
    const odd = load.answers.filter(({ status }) => status !== 200 && status !== 429)
    return [
      atLeast('A6', 'answers 429 while the disk is full', refused().length, 20, ''),
      none('A6', 'answers that are neither 200 nor 429', odd.length),
      none('A6', '429 without Retry-After', refused().filter(({ retryAfter }) => !retryAfter).length),
      atMost('A6', 'slowest answer', inSeconds(longest(load.answers.map(({ tookMs }) => tookMs))), 2),
      exactly('A6', '/readyz says that it is not ready (1) while nothing can be stored', ready.reason ? 1 : 0, 1),
      shown('A6', 'Postgres itself gave up and was started again (1)', wasDown ? 1 : 0),
      atMost('A6', 'there is room, and deliveries are stored', inSeconds(recoveredMs), 5),
      none('A6', 'acknowledged deliveries lost', [...acknowledged].filter((id) => !stored.has(id)).length),
      none('A6', 'deliveries not settled', left),
      none('A6', 'processes that ended by themselves', ground.crashes().length),
    ]

    async function isDown(): Promise<boolean> {
      return ground.sql.raw('select 1').then(
        () => false,
        () => true,
      )
    }
  },
}
