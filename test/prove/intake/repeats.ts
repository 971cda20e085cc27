import { Agent } from 'node:http'
import { untilSettled } from '../check-deliveries.ts'
import { countWrites } from '../count-writes.ts'
import { exactly, none, shown } from '../finding.ts'
import type { Part } from '../part.ts'
import { type Answer, post } from '../sender.ts'

const AT_ONCE = 50

/** HighLevel sends an event again when it heard no answer in time, and operators may send it again for weeks. */
export const repeats: Part = {
  about: 'the same event over and over, fifty at once, to two processes [--repeats 1000]',
  prove: async (ground, sizes) => {
    const webs = [await ground.start('server'), await ground.start('server')]
    await ground.start('worker')
    const { locationId } = await ground.openTenant()
    const { control } = ground.line.highLevel
    control.dropNextWebhooks(1)
    const email = 'again@example.com'
    const contact = control.createContact(locationId, { email, firstName: 'Again' })
    const outgoing = ground.event(locationId, { type: 'ContactCreate', id: contact.id })
    const writes = countWrites(ground.line.activeTrail)
    const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
    const answers: Answer[] = []
    let left = sizes.repeats
    const lane = async (): Promise<void> => {
      while (left-- > 0) answers.push(await post(agent, ground.random.pick(webs).url, outgoing))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    agent.destroy()
    const unsettled = await untilSettled(ground.sql)
    const rows = await ground.sql('deliveries').where({ delivery_id: outgoing.webhookId }).select('id', 'state')
    const runs = await ground
      .sql('runs')
      .where({ delivery_id: rows[0]?.id ?? null })
      .pluck('id')
    return [
      shown('B1', 'the same event sent', answers.length),
      none('B1', 'answers other than 200', answers.filter(({ status }) => status !== 200).length),
      exactly('B1', 'deliveries stored', rows.length, 1),
      exactly('B1', 'runs', runs.length, 1),
      exactly('B1', 'writes at the partner', writes.stop().get(email) ?? 0, 1),
      none('B1', 'deliveries not settled', unsettled),
    ]
  },
}
