import { findMedianLag } from '../webhooks/delivery-store.ts'
import type { Check } from './check.ts'
import { type Finding, ok, warn } from './finding.ts'
import type { Patient } from './patient.ts'

const TOLERANCE_MS = 60_000
const DAY_MS = 86_400_000

/** Expiries, events and signatures are compared by time: this machine, the database and the platform should agree. */
export const checkClock: Check = {
  name: 'clock',
  readsTables: false,
  run: async (patient) => {
    const offsets = (await Promise.all([ofDatabase(patient), ofPlatform(patient), ofWebhooks(patient)])).flat()
    const wrong = offsets.filter(({ ms }) => Math.abs(ms) > TOLERANCE_MS)
    return wrong.length > 0 ? wrong.map(finding) : [ok(summary(offsets))]
  },
}

/** How far this machine is ahead of another clock. */
type Offset = { of: string; ms: number }

/** What cannot be reached is another check's finding. */
async function ofDatabase({ inspectDatabase }: Patient): Promise<Offset[]> {
  const state = await inspectDatabase().catch(() => null)
  return state ? [{ of: 'the database', ms: state.askedAt - state.time }] : []
}

async function ofPlatform({ askPlatform }: Patient): Promise<Offset[]> {
  const answer = await askPlatform?.().catch(() => null)
  const time = Date.parse(answer?.date ?? '')
  return answer && !Number.isNaN(time) ? [{ of: 'the platform', ms: answer.askedAt - time }] : []
}

/** The time in those of the last day that came at once, in the middle of them. */
async function ofWebhooks({ database, now }: Patient): Promise<Offset[]> {
  const lag = await findMedianLag(database.system, new Date(now() - DAY_MS)).catch(() => null)
  return lag === null ? [] : [{ of: 'the webhooks of the last day', ms: lag }]
}

const finding = ({ of, ms }: Offset): Finding =>
  warn(
    `This machine is ${Math.round(Math.abs(ms) / 1000)} seconds ${ms > 0 ? 'ahead of' : 'behind'} ${of}.`,
    'Let the clocks of this machine and of the database be set by NTP.',
  )

function summary(offsets: Offset[]): string {
  if (offsets.length === 0) return 'There was no other clock to compare with.'
  const parts = offsets.map(({ of, ms }) => `${of} by ${(Math.abs(ms) / 1000).toFixed(1)} s`)
  return `This machine differs from ${parts.join(' and from ')}.`
}
