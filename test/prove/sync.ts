import type { Measure } from '../support/report.ts'
import type { Finding } from './finding.ts'
import { type Ground, openGround } from './ground.ts'
import { DEFAULT_SIZES } from './intake.ts'
import type { Part, Sizes } from './part.ts'
import { backfill, backfillBack } from './sync/backfill.ts'
import { proveCases } from './sync/cases.ts'
import { proveScript, type SyncSizes } from './sync/script.ts'

export type SyncOptions = {
  parts: string[]
  sizes?: Partial<Sizes>
  seeds: number
  seed: number
  say?: (progress: string) => void
}

type SyncPart = {
  about: string
  /** Left out unless it is named. */
  onlyIfAsked?: true
  prove(options: SyncOptions): Promise<Measure[]>
}

const SIZES: SyncSizes = { people: 4, rounds: 4, edits: 12, quietSeconds: 5, kills: 1, faults: 3 }
/** Then every write has its edit. */
const CALM: Partial<SyncSizes> = { rounds: 3, kills: 0, faults: 0 }
/** So many locations share a ground: their scripts run side by side. */
const AT_ONCE = 8

const PARTS: Record<string, SyncPart> = {
  calm: {
    about: 'edits by chance on both sides, and nothing goes wrong',
    prove: (options) => proveScripts(options, CALM),
  },
  script: { about: 'edits by chance on both sides, while everything goes wrong that heals', prove: proveScripts },
  cases: { about: 'what is too rare to be left to chance', prove: proveRareCases },
  backfill: { about: backfill.about, onlyIfAsked: true, prove: (options) => proveBackfill(options, backfill) },
  'backfill-back': {
    about: backfillBack.about,
    onlyIfAsked: true,
    prove: (options) => proveBackfill(options, backfillBack),
  },
}

export const SYNC_PARTS = Object.keys(PARTS)

/** C1 to C11 of the two-way sync. The seed of a location is the first one plus its number. */
export async function proveSync(options: SyncOptions): Promise<Measure[]> {
  const { parts, say = () => {} } = options
  const unknown = parts.filter((name) => !(name in PARTS))
  if (unknown.length > 0)
    throw new Error(`There is no part ${unknown.join(', ')}. There are: ${SYNC_PARTS.join(', ')}.`)
  const measures: Measure[] = []
  for (const [name, { about, onlyIfAsked, prove }] of Object.entries(PARTS)) {
    if (parts.length > 0 ? !parts.includes(name) : onlyIfAsked) continue
    say(`${name}: ${about}`)
    measures.push(...(await prove({ ...options, say: (text) => say(`${name}: ${text}`) })))
  }
  return measures
}

/** Findings of several grounds are told apart by the first seed of each. */
async function proveScripts({ seeds, seed, say }: SyncOptions, sizes: Partial<SyncSizes> = {}): Promise<Measure[]> {
  const measures: Measure[] = []
  for (let done = 0; done < seeds; done += AT_ONCE) {
    const first = seed + done
    const some = Array.from({ length: Math.min(AT_ONCE, seeds - done) }, (_, index) => first + index)
    measures.push(...(await onGround(first, say, (ground) => proveScript(ground, some, { ...SIZES, ...sizes }))))
  }
  return measures
}

function proveRareCases({ seed, say }: SyncOptions): Promise<Measure[]> {
  return onGround(seed, say, (ground) => proveCases(ground, seed))
}

function proveBackfill({ seed, say, sizes }: SyncOptions, part: Part): Promise<Measure[]> {
  return onGround(seed, say, (ground) => part.prove(ground, { ...DEFAULT_SIZES, ...sizes }))
}

async function onGround(
  seed: number,
  say: SyncOptions['say'],
  prove: (ground: Ground) => Promise<Finding[]>,
): Promise<Measure[]> {
  const ground = await openGround({ seed, say, line: { hooks: true } })
  const findings = await prove(ground).finally(ground.close)
  return findings.map((finding) => ({ floor: null, ratio: null, seed, ...finding }))
}
