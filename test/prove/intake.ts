import type { Measure } from '../support/report.ts'
import { openGround } from './ground.ts'
import { backlog } from './intake/backlog.ts'
import { disk } from './intake/disk.ts'
import { disorder } from './intake/disorder.ts'
import { fairness } from './intake/fairness.ts'
import { gaps } from './intake/gaps.ts'
import { kills } from './intake/kills.ts'
import { migrations } from './intake/migrations.ts'
import { points } from './intake/points.ts'
import { poison } from './intake/poison.ts'
import { pool } from './intake/pool.ts'
import { proxy } from './intake/proxy.ts'
import { recovery } from './intake/recovery.ts'
import { repeats } from './intake/repeats.ts'
import { restarts } from './intake/restarts.ts'
import { sqlstates } from './intake/sqlstates.ts'
import type { Part, Sizes } from './part.ts'

/** What the intake of deliveries withstands, in the order in which it is shown. */
export const PARTS: Record<string, Part> = {
  kills,
  points,
  proxy,
  disk,
  pool,
  sqlstates,
  migrations,
  restarts,
  recovery,
  backlog,
  repeats,
  disorder,
  poison,
  fairness,
  gaps,
}

export const DEFAULT_SIZES: Sizes = {
  kills: 150,
  points: 3,
  recoveries: 6,
  restarts: 15,
  rate: 500,
  backlog: 20_000,
  tenants: 100,
  seconds: 15,
  histories: 200,
  repeats: 1000,
  contacts: 10_000,
  steps: 6,
}

export type IntakeOptions = {
  parts: string[]
  sizes: Partial<Sizes>
  seed: number
  say?: (progress: string) => void
}

/** Each part on a ground of its own, with the seed that makes it happen again. */
export async function proveIntake({ parts, sizes, seed, say = () => {} }: IntakeOptions): Promise<Measure[]> {
  const unknown = parts.filter((name) => !(name in PARTS))
  if (unknown.length > 0) throw new Error(`There is no part ${unknown.join(', ')}. There are: ${listOf(PARTS)}.`)
  const measures: Measure[] = []
  for (const [name, part] of Object.entries(PARTS)) {
    if (parts.length > 0 ? !parts.includes(name) : part.onlyIfAsked) continue
    say(`${name}: ${part.about}`)
    measures.push(...(await provePart(part, { ...DEFAULT_SIZES, ...sizes }, seed, (text) => say(`${name}: ${text}`))))
  }
  return measures
}

async function provePart(part: Part, sizes: Sizes, seed: number, say: (text: string) => void): Promise<Measure[]> {
  const prepared = await part.prepare?.()
  if (typeof prepared === 'string') {
    say(`left out. ${prepared}`)
    return []
  }
  try {
    const ground = await openGround({ seed, say, ...(prepared && { postgres: prepared.postgres }) })
    const findings = await part.prove(ground, sizes).finally(ground.close)
    return findings.map((finding) => ({ floor: null, ratio: null, seed, ...finding }))
  } finally {
    await prepared?.undo()
  }
}

const listOf = (parts: object): string => Object.keys(parts).join(', ')
