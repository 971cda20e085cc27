import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, type Finding, inSeconds, longest, none, shown } from '../finding.ts'
import type { Ground } from '../ground.ts'
import type { Part } from '../part.ts'
import { type Answer, NO_ANSWER, type Outgoing, post } from '../sender.ts'
import { openProxy, type TcpProxy, type Toxics } from '../tcp-proxy.ts'

type Trouble = { about: string; begin(proxy: TcpProxy): void; lasts: boolean }

const toxic = (about: string, toxics: Toxics): Trouble => ({ about, begin: (proxy) => proxy.set(toxics), lasts: true })

const TROUBLES: Trouble[] = [
  toxic('answers 500 ms late', { latencyMs: 500 }),
  toxic('10 KB a second', { bytesPerSecond: 10_000 }),
  toxic('nothing gets through, nobody is told', { blackHole: true }),
  toxic('connections refused', { refuse: true }),
  { about: 'connections reset', begin: (proxy) => proxy.reset(), lasts: false },
  { about: 'connections forgotten on the way', begin: (proxy) => proxy.forget(), lasts: false },
]

const AT_ONCE = 10
const PAUSE_MS = 100
const LONGEST_RECOVERY_MS = 120_000

/** Between the product and Postgres lies a network; both processes go on without a restart, whatever it does. */
export const proxy: Part = {
  about: 'Postgres slow, silent, refused and forgotten behind a proxy [--seconds 15]',
  prove: async (ground, sizes) => {
    const road = await openProxy(ground.postgres.url)
    const web = await ground.start('server', { databaseUrl: road.url })
    await ground.start('worker', { databaseUrl: road.url })
    const { locationId } = await ground.openTenant()
    const send = senderOf(ground, web.url, locationId)
    const findings: Finding[] = []
    for (const trouble of TROUBLES) {
      await untilWorkedOn(ground, await send.until200())
      send.clear()
      if (trouble.about.includes('refused')) road.reset()
      trouble.begin(road)
      await send.during((sizes.seconds * 1000) / 3)
      road.set({})
      findings.push(...(await recoveryFrom(trouble, ground, send)))
      ground.say(`${trouble.about}: over`)
    }
    road.close()
    return [...findings, none('A8', 'processes that ended by themselves', ground.crashes().length)]
  },
}

async function recoveryFrom({ about }: Trouble, ground: Ground, send: SenderOf): Promise<Finding[]> {
  const answers = [...send.answers]
  const liftedAt = performance.now()
  const accepted = await send.until200()
  const acceptedMs = performance.now() - liftedAt
  await untilWorkedOn(ground, accepted)
  const workedMs = performance.now() - liftedAt
  const count = (matches: (status: number) => boolean): number => answers.filter(({ status }) => matches(status)).length
  const isOdd = (status: number): boolean => status !== 200 && status !== 429
  return [
    shown(
      'A8',
      `${about}: answers 200`,
      count((status) => status === 200),
    ),
    shown(
      'A8',
      `${about}: answers 429`,
      count((status) => status === 429),
    ),
    none('R3', `${about}: other answers, or none`, count(isOdd)),
    none('R3', `${about}: 429 without Retry-After`, answers.filter(isHasty).length),
    atMost('A8', `${about}: slowest answer`, inSeconds(longest(answers.map(({ tookMs }) => tookMs))), 2),
    atMost('A8', `${about}: over, and deliveries are stored`, inSeconds(acceptedMs), 5),
    atMost('A8', `${about}: over, and a delivery is worked on`, inSeconds(workedMs), 15),
  ]
}

const isHasty = ({ status, retryAfter }: Answer): boolean => status === 429 && !retryAfter

type SenderOf = ReturnType<typeof senderOf>

function senderOf(ground: Ground, url: string, locationId: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const answers: Answer[] = []
  const next = (): Outgoing => ground.event(locationId, { type: 'InvoiceSent', id: 'someInvoice' })
  const attempt = async (outgoing: Outgoing): Promise<number> => {
    const answer = await post(agent, url, outgoing)
    answers.push(answer)
    return answer.status
  }
  return {
    answers,
    clear: () => answers.splice(0),
    /** New deliveries all the time, some at once. */
    during: async (milliseconds: number): Promise<void> => {
      const deadline = performance.now() + milliseconds
      const lane = async (): Promise<void> => {
        while (performance.now() < deadline) {
          await attempt(next())
          await sleep(PAUSE_MS)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, lane))
    },
    /** One delivery, sent until it is stored. */
    until200: async (): Promise<string> => {
      const outgoing = next()
      for (const deadline = performance.now() + LONGEST_RECOVERY_MS; performance.now() < deadline; ) {
        const status = await attempt(outgoing)
        if (status === 200) return outgoing.webhookId
        await sleep(status === NO_ANSWER ? 20 : 50)
      }
      throw new Error('Nothing is stored any more.')
    },
  }
}

async function untilWorkedOn({ sql }: Ground, webhookId: string): Promise<void> {
  for (const deadline = performance.now() + LONGEST_RECOVERY_MS; performance.now() < deadline; await sleep(50)) {
    const [delivery] = await sql('deliveries').where({ delivery_id: webhookId }).select('state')
    if (delivery?.state !== 'received') return
  }
  throw new Error('Nothing is worked on any more.')
}
