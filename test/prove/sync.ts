import type { Measure } from '../support/report.ts'
import { type Finding, none } from './finding.ts'
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
/** So many locations share a ground: their scripts run side by side, and mostly wait. */
const AT_ONCE = 10

/** A machine with much to do answers late: what both sides tell is not to be lost for that. */
const PATIENT = {
  hooks: true,
  hookTimeoutMs: 120_000,
  retryDelaysMs: [50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800],
}

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

/** A ground that breaks keeps the others from nothing. */
async function proveScripts(options: SyncOptions, sizes: Partial<SyncSizes> = {}): Promise<Measure[]> {
  const { seeds, seed, say = () => {} } = options
  const measures: Measure[] = []
  for (let done = 0; done < seeds; done += AT_ONCE) {
    const first = seed + done
    const some = Array.from({ length: Math.min(AT_ONCE, seeds - done) }, (_, index) => first + index)
    const found = await proveScriptsOf(some, { ...options, seed: first }, sizes)
    measures.push(...found)
    if (found.some(({ met }) => !met)) say(`to have it again: --seed ${first} --seeds ${some.length}`)
    say(`${done + some.length} of ${seeds} seeds are done`)
  }
  return summedUp(measures)
}

async function proveScriptsOf(
  seeds: readonly number[],
  { seed, say = () => {} }: SyncOptions,
  sizes: Partial<SyncSizes>,
): Promise<Measure[]> {
  try {
    return await onGround(seed, say, (ground) => proveScript(ground, seeds, { ...SIZES, ...sizes }))
  } catch (error) {
    say(`it broke with the seeds from ${seed} on: ${error instanceof Error ? error.stack : error}`)
    return [{ floor: null, ratio: null, seed, ...none('', 'grounds that broke', 1) }]
  }
}

/** What holds on every ground is one line: counts are added up, of bounds the worst is told. What does not names its ground. */
function summedUp(measures: readonly Measure[]): Measure[] {
  const held = Map.groupBy(
    measures.filter(({ met }) => met),
    ({ name }) => name,
  )
  const lines = [...held.values()].flatMap(([first, ...others]) => (first ? [others.reduce(together, first)] : []))
  return [...lines, ...measures.filter(({ met }) => !met)]
}

const together = (one: Measure, other: Measure): Measure => ({
  ...one,
  value: one.goal.startsWith('≤') ? Math.max(one.value, other.value) : one.value + other.value,
})

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
  const ground = await openGround({ seed, say, line: PATIENT })
  const findings = await prove(ground).finally(ground.close)
  return findings.map((finding) => ({ floor: null, ratio: null, seed, ...finding }))
}
