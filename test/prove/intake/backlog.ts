import { openInbox } from '../../webhooks/inbox.ts'
import { drainRate } from '../drain.ts'
import { createInboxFiller, type InboxFiller } from '../fill-inbox.ts'
import { atLeast, type Finding, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import type { Part, Sizes } from '../part.ts'

const GOAL = 5000

/** No new ones come that could wake anybody. */
export const backlog: Part = {
  about: 'what waited during an outage, of one tenant and of many [--backlog 20000] [--tenants 100]',
  prove: async (ground, sizes) => {
    const filler = await createInboxFiller(ground)
    const findings: Finding[] = []
    try {
      for (const tenants of [1, sizes.tenants]) {
        const locations = await filler.openLocations(tenants)
        const of = tenants === 1 ? 'one tenant' : `${tenants} tenants`
        await fill(ground, filler, locations, sizes)
        findings.push(shown('R7', `deliveries of ${of} that lead to nothing drain`, await drainByWorker(ground), '/s'))
        await fill(ground, filler, locations, sizes)
        const rate = await drainByNothing(ground)
        const name = `${sizes.backlog} waiting deliveries of ${of} drain, with nothing to do for each`
        findings.push(tenants === 1 ? shown('R7', name, rate, '/s') : atLeast('R7', name, rate, GOAL))
      }
    } finally {
      await filler.close()
    }
    const odd = await ground.sql('deliveries').whereNot({ state: 'done' }).limit(10).pluck('id')
    return [...findings, none('R7', 'deliveries that came to anything else', odd.length)]
  },
}

const fill = (ground: Ground, filler: InboxFiller, locations: string[], sizes: Sizes): Promise<void> =>
  filler.fill(sizes.backlog, (index) =>
    ground.event(String(locations[index % locations.length]), { type: 'InvoiceSent', id: `invoice-${index}` }),
  )

/** Each is begun, opened, judged and settled, and nobody is called. */
async function drainByWorker(ground: Ground): Promise<number> {
  const worker = await ground.start('worker')
  const rate = await drainRate(ground)
  await worker.stop()
  return rate
}

/** The inbox itself: each is begun and settled. */
async function drainByNothing(ground: Ground): Promise<number> {
  const inbox = await openInbox(ground.postgres.url, async (delivery, ledger) => {
    await ledger.settle(delivery, { state: 'done', reason: null })
    return 'settled'
  })
  const rate = await drainRate(ground)
  await inbox.stop()
  return rate
}
