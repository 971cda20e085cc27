import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantilesOf } from '../../bench/quantiles.ts'
import { eventually } from '../../support/people.ts'
import { countWaiting } from '../drain.ts'
import { createInboxFiller, type InboxFiller } from '../fill-inbox.ts'
import { atMost, type Finding, inSeconds, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import { startOpenLoop } from '../open-loop.ts'
import type { Part } from '../part.ts'
import { type Outgoing, post } from '../sender.ts'

const PARTNER_MS = 50
const CONTACTS = 200
const EVERY_MS = 1000
const GOAL_S = 2
const LONGEST_MS = 120_000
/** Events a second in the second form, half of them of one location. */
const RATE = 200

/** One tenant's flood waits; what another one sends is worked on as if it were not there. */
export const fairness: Part = {
  about: 'a flood of one tenant and single deliveries of another [--backlog 20000] [--tenants 100] [--seconds 15]',
  prove: async (ground, sizes) => {
    const filler = await createInboxFiller(ground)
    const web = await ground.start('server')
    try {
      return [
        ...(await besideCheapWork(ground, filler, web.url, sizes)),
        ...(await besideRealWork(ground, filler, web.url, sizes)),
        ...(await besideHalfOfAll(ground, filler, web.url, sizes)),
      ]
    } finally {
      await filler.close()
    }
  },
}

type Form = { backlog: number; tenants: number; seconds: number }

async function besideCheapWork(ground: Ground, filler: InboxFiller, url: string, form: Form): Promise<Finding[]> {
  const [flooding = '', other = ''] = await filler.openLocations(2)
  const invoiceOf = (locationId: string, index: number): Outgoing =>
    ground.event(locationId, { type: 'InvoiceSent', id: `invoice-${index}` })
  await filler.fill(form.backlog, (index) => invoiceOf(flooding, index))
  return beside(ground, url, form, `${form.backlog} events that lead to nothing`, (index) => invoiceOf(other, index))
}

async function besideRealWork(ground: Ground, filler: InboxFiller, url: string, form: Form): Promise<Finding[]> {
  const { control } = ground.line.highLevel
  const [flooding, other] = [await ground.openTenant(), await ground.openTenant()]
  ground.line.activeTrail.control.fail({ delayMs: PARTNER_MS, times: 1e9 })
  const open = (locationId: string, count: number): string[] =>
    Array.from({ length: count }, (_, index) => {
      control.dropNextWebhooks(1)
      return control.createContact(locationId, { email: `${locationId}-${index}@example.com`, firstName: 'Fair' }).id
    })
  const [many, few] = [open(flooding.locationId, CONTACTS), open(other.locationId, CONTACTS)]
  const changeOf = (locationId: string, contacts: string[], index: number): Outgoing =>
    ground.event(locationId, { type: 'ContactUpdate', id: contacts[index % contacts.length] })
  await filler.fill(form.backlog, (index) => changeOf(flooding.locationId, many, index))
  const found = await beside(ground, url, form, `${form.backlog} contact events, 50 ms partner`, (index) =>
    changeOf(other.locationId, few, index),
  )
  ground.line.activeTrail.control.clearFaults()
  return found
}

/** Single deliveries, one a second, while the flood is being worked on. */
async function beside(
  ground: Ground,
  url: string,
  { seconds }: Form,
  about: string,
  next: (index: number) => Outgoing,
): Promise<Finding[]> {
  const worker = await ground.start('worker')
  ground.say(`${about} are waiting`)
  const agent = new Agent({ keepAlive: true })
  const sentAt = new Map<string, number>()
  for (let index = 0; index < seconds; index++) {
    const outgoing = next(index)
    const { status } = await post(agent, url, outgoing)
    if (status === 200) sentAt.set(outgoing.webhookId, Date.now())
    await sleep(EVERY_MS)
  }
  const stillWaiting = await countWaiting(ground)
  const settledMs = await timesToSettle(ground, sentAt)
  await worker.stop()
  agent.destroy()
  await takeOutTheRest(ground)
  const { p50, p99 } = quantilesOf(settledMs)
  return [
    shown('fair', `beside ${about}: of these still waiting in the end`, stillWaiting),
    shown('fair', `beside ${about}: single deliveries of another tenant`, settledMs.length),
    atMost('fair', `beside ${about}: from 200 to settled, median`, inSeconds(p50), GOAL_S),
    atMost('fair', `beside ${about}: from 200 to settled, p99`, inSeconds(p99), GOAL_S),
  ]
}

/** What is left of a flood would be worked on beside the next. */
const takeOutTheRest = ({ sql }: Ground): Promise<unknown> =>
  sql('deliveries').where({ state: 'received' }).update({ state: 'ignored', finished_at: new Date() })

/** Milliseconds from the answer to the end of the work. By one machine's clock. */
async function timesToSettle({ sql }: Ground, sentAt: Map<string, number>): Promise<number[]> {
  const ids = [...sentAt.keys()]
  const waiting = () => sql('deliveries').whereIn('delivery_id', ids).where({ state: 'received' }).pluck('delivery_id')
  const late = await eventually(waiting, (found) => found.length === 0, LONGEST_MS).catch(waiting)
  const rows = await sql('deliveries').whereIn('delivery_id', ids).select('delivery_id', 'finished_at')
  return rows.map(({ delivery_id: id, finished_at: at }) =>
    late.includes(id) ? LONGEST_MS : Math.max(0, at.getTime() - (sentAt.get(id) ?? 0)),
  )
}

/** All that comes is worked on; half of it is one location's. */
async function besideHalfOfAll(ground: Ground, filler: InboxFiller, url: string, form: Form): Promise<Finding[]> {
  const worker = await ground.start('worker')
  const [loud = '', ...others] = await filler.openLocations(form.tenants)
  let index = 0
  const measure = async (isLoud: boolean): Promise<{ p99: number; odd: number }> => {
    const load = startOpenLoop({
      random: ground.random,
      rate: isLoud ? RATE : RATE / 2,
      next: () => {
        const locationId = isLoud && ground.random.next() < 0.5 ? loud : ground.random.pick(others)
        const outgoing = ground.event(locationId, { type: 'InvoiceSent', id: `invoice-${index++}` })
        if (locationId === loud) ofLoud.add(outgoing.webhookId)
        return outgoing
      },
      pickUrl: () => url,
    })
    await sleep((form.seconds * 1000) / 2)
    await load.stop()
    const taken = load.answers.filter(({ status, webhookId }) => status === 200 && !ofLoud.has(webhookId))
    const settledMs = await timesToSettle(ground, new Map(taken.map(({ webhookId, at }) => [webhookId, at])))
    return { p99: quantilesOf(settledMs).p99, odd: load.answers.filter(({ status }) => status !== 200).length }
  }
  const ofLoud = new Set<string>()
  await measure(true) // everything is warm
  const alone = await measure(false)
  const beside = await measure(true)
  await worker.stop()
  const about = `${form.tenants} locations, from 200 to settled, p99 of`
  return [
    shown('P7', `${about} all but one, alone at ${RATE / 2}/s`, alone.p99, 'ms'),
    atMost('P7', `${about} the same beside one that sends as much as they do`, beside.p99, 2 * alone.p99, 'ms'),
    none('P7', 'answers other than 200', alone.odd + beside.odd),
  ]
}
