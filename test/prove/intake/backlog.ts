import { drainRate } from '../drain.ts'
import { createInboxFiller } from '../fill-inbox.ts'
import { atLeast, type Finding, none } from '../finding.ts'
import type { Part } from '../part.ts'

const GOAL = 5000

/**
 * Deliveries of a type that no flow waits for: each is begun, opened, judged and settled, and nobody is called. No new ones
 * come that could wake anybody.
 */
export const backlog: Part = {
  about: 'what waited during an outage, of one tenant and of many [--backlog 20000] [--tenants 100]',
  prove: async (ground, sizes) => {
    const filler = await createInboxFiller(ground)
    const findings: Finding[] = []
    try {
      for (const tenants of [1, sizes.tenants]) {
        const locations = await filler.openLocations(tenants)
        await filler.fill(sizes.backlog, (index) =>
          ground.event(String(locations[index % tenants]), { type: 'InvoiceSent', id: `invoice-${index}` }),
        )
        ground.say(`${sizes.backlog} deliveries of ${tenants} tenants are waiting`)
        const worker = await ground.start('worker')
        const rate = await drainRate(ground)
        await worker.stop()
        const name = `${sizes.backlog} waiting deliveries of ${tenants === 1 ? 'one tenant' : `${tenants} tenants`} drain`
        findings.push(atLeast('R7', name, rate, GOAL))
      }
    } finally {
      await filler.close()
    }
    const odd = await ground.sql('deliveries').whereNot({ state: 'ignored' }).limit(10).pluck('id')
    return [...findings, none('R7', 'deliveries that came to anything else', odd.length)]
  },
}
