import type { PlatformFault } from '../../../src/sandbox/highlevel/platform-fault.ts'
import type { Fault } from '../../../src/sandbox/support/faults.ts'
import type { Line } from '../../support/line.ts'
import type { Random } from '../../support/random.ts'

/** C1, C2, C5: trouble that heals, with whichever calls come next. */
export type Trouble = {
  faults: number
  duplicates: number
  slowMs: number
  /** HighLevel says that its limit is reached: then nobody asks it anything for ten seconds. */
  limits: boolean
}

/** At HighLevel, by chance. Its limit answers without a Retry-After. */
const here = (random: Random, { slowMs, limits }: Trouble): PlatformFault => {
  const at = { path: '/contacts', times: 1 }
  return random.pick<PlatformFault>([
    { ...at, kind: 'answer', status: limits ? 429 : 502 },
    { ...at, kind: 'answer', status: 500 },
    { ...at, kind: 'answer', status: 503 },
    { ...at, kind: 'answer after effect', status: 500 },
    { ...at, kind: 'cut' },
    { ...at, kind: 'lost answer' },
    { ...at, kind: 'lost answer', method: 'PUT' },
    { ...at, kind: 'lost answer', method: 'POST' },
    { ...at, kind: 'slow', delayMs: slowMs },
  ])
}

/** In ActiveTrail. What Retry-After says may be a time, a date long past, or nothing that can be read. */
const there = (random: Random, { slowMs }: Trouble): Fault => ({
  skip: random.between(0, 6),
  ...random.pick<Fault>([
    { status: 429, headers: { 'retry-after': '1' } },
    { status: 429, headers: { 'retry-after': '-5' } },
    { status: 429, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } },
    { status: 429 },
    { status: 500 },
    { status: 502, html: true },
    { status: 500, afterEffect: true },
    { cut: true },
    { cut: true, afterEffect: true, method: 'POST' },
    { cut: true, afterEffect: true, method: 'PUT' },
    { delayMs: slowMs },
  ]),
})

/** How many calls it may have spoilt. */
export function makeTrouble(line: Line, random: Random, trouble: Trouble): number {
  const { faults, duplicates } = trouble
  const { highLevel, activeTrail } = line
  for (let count = 0; count < faults; count++) {
    if (random.next() < 0.5) highLevel.control.failNext(here(random, trouble))
    else activeTrail.control.fail(there(random, trouble))
  }
  highLevel.control.duplicateNextWebhooks(random.between(0, duplicates))
  activeTrail.control.duplicateNextHooks(random.between(0, duplicates))
  return faults
}
