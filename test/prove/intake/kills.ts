import { checkDeliveries } from '../check-deliveries.ts'
import { countWrites } from '../count-writes.ts'
import { atMost, type Finding, inSeconds, longest, none, shown } from '../finding.ts'
import { startFleet } from '../fleet.ts'
import type { Ground } from '../ground.ts'
import { carryOutKills, planKills } from '../killers.ts'
import { watchLostWork } from '../lost-work.ts'
import { measureAnswers } from '../measure-answers.ts'
import type { Part } from '../part.ts'
import { createSender } from '../sender.ts'
import { startTraffic } from '../traffic.ts'

const TENANTS = 3

/**
 * Stored before answered: web, worker and Postgres are killed with SIGKILL again and again while deliveries come in, and
 * in the end everything that was acknowledged must have had its effect, once, and in order.
 */
export const kills: Part = {
  about: 'web, worker and Postgres killed at any moment [--kills 150]',
  prove: async (ground, sizes) => {
    const { random, say } = ground
    const fleet = await startFleet(ground, { webs: 2, workers: 2 })
    const tenants = await Promise.all(Array.from({ length: TENANTS }, ground.openTenant))
    const sender = createSender(() => (fleet.webs().length > 0 ? random.pick(fleet.webs()).url : undefined))
    const lostWork = watchLostWork(ground)
    const writes = countWrites(ground.line.activeTrail)
    const traffic = startTraffic(ground, { tenants, sender })
    const killed = await carryOutKills({ plan: planKills(sizes.kills), fleet, ground, sender, lostWork })
    await traffic.stop()
    say('everything is sent; waiting until it is worked on')
    const findings = await checkDeliveries(ground, sender.acknowledged, traffic)
    const tookUpMs = await lostWork.stop()
    const repeatedWrites = [...writes.stop().values()].filter((count) => count > 1).length
    return [
      shown('R1', 'kill -9 of a web process, right after a 200', killed.kills.server),
      shown('R1', 'kill -9 of a worker', killed.kills.worker),
      shown('A4', 'kill -9 of Postgres', killed.kills.postgres),
      shown('R1', 'deliveries acknowledged', sender.acknowledged.size),
      shown('R1', 'deliveries sent once more', traffic.repeats()),
      countCrashes(ground),
      ...findings,
      shown('R2', 'contacts written more than once: changed, or a kill between write and record', repeatedWrites),
      ...measureAnswers(sender),
      atMost('R6', 'work of a killed worker taken up again, the longest', inSeconds(longest(tookUpMs)), 20),
      atMost(
        'R6',
        'deliveries stored again after Postgres is back, the longest',
        inSeconds(longest(killed.postgresBackMs)),
        2,
      ),
    ]
  },
}

function countCrashes({ crashes, say }: Ground): Finding {
  for (const crash of crashes()) say(`a process ended by itself:\n${crash}`)
  return none('R1', 'processes that ended by themselves', crashes().length)
}
