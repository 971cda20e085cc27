import { setTimeout as sleep } from 'node:timers/promises'
import { quantilesOf } from '../../bench/quantiles.ts'
import { atMost, exactly, inSeconds, longest, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import { startOpenLoop } from '../open-loop.ts'
import type { Part } from '../part.ts'

const SLOW_QUERIES = 50
const RATE = 100
/** A statement ends after 15 s and a wait for a connection after 10: whoever waited for both is answered by then. */
const LONGEST_S = 26
/** A difference below this is the machine's, not the pool's. */
const NOISE_MS = 15

/** Fifty pages wait for a lock, and with them every connection of the pool they share. */
export const pool: Part = {
  about: 'fifty slow queries hold the pool of the pages; deliveries have their own [--seconds 15]',
  prove: async (ground, sizes) => {
    const web = await ground.start('server')
    const tenant = await ground.openTenant()
    const page = await openPageOn(ground, web.url, tenant.locationId)
    const ackMs = async (milliseconds: number): Promise<{ p99: number; odd: number }> => {
      const load = startOpenLoop({
        random: ground.random,
        rate: RATE,
        next: () => ground.event(tenant.locationId, { type: 'InvoiceSent', id: 'someInvoice' }),
        pickUrl: () => web.url,
      })
      await sleep(milliseconds)
      await load.stop()
      const { p99 } = quantilesOf(load.answers.map(({ tookMs }) => tookMs))
      return { p99, odd: load.answers.filter(({ status }) => status !== 200).length }
    }
    const watchMs = (sizes.seconds * 1000) / 3
    await ackMs(watchMs / 2) // connections are there, the code is warm
    const before = await ackMs(watchMs)
    const side = await ground.sql.transaction()
    await side.raw('set local role none; lock table connections in access exclusive mode')
    const startedAt = performance.now()
    const pages = Array.from({ length: SLOW_QUERIES }, async () => {
      const status = await page()
      return { status, tookMs: performance.now() - startedAt }
    })
    await sleep(300)
    const during = await ackMs(watchMs)
    const answered = await Promise.all(pages)
    await side.rollback()
    const after = await page()
    return [
      shown('A7', 'ack before, p99', before.p99, 'ms'),
      atMost('A7', 'ack while 50 slow queries hold the pool, p99', during.p99, 2 * before.p99 + NOISE_MS, 'ms'),
      none('A7', 'deliveries not answered 200', before.odd + during.odd),
      atMost(
        'A7',
        'slow pages are answered, the last',
        inSeconds(longest(answered.map((one) => one.tookMs))),
        LONGEST_S,
      ),
      none('A7', 'slow pages without an answer', answered.filter(({ status }) => status === 0).length),
      exactly('A7', 'a page once the lock is gone', after, 200),
    ]
  },
}

/** The settings page's connections, asked for as its owner. The status; 0 for no answer. */
async function openPageOn({ line }: Ground, url: string, locationId: string): Promise<() => Promise<number>> {
  const user = line.highLevel.control.users(locationId).find(({ role }) => role === 'admin')
  const payload = line.highLevel.control.sealUserData(String(user?.id), locationId)
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/settings/session`, { method: 'POST', headers, body: JSON.stringify({ payload }) })
  const { token } = (await answer.json()) as { token: string }
  return () =>
    fetch(`${url}/settings/home`, { headers: { authorization: `Bearer ${token}` } }).then(
      ({ status }) => status,
      () => 0,
    )
}
