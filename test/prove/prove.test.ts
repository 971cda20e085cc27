import { afterAll, expect, test } from 'vitest'
import { type Finding, isAboutTime } from './finding.ts'
import { type Ground, openGround } from './ground.ts'
import { DEFAULT_SIZES, PARTS } from './intake.ts'
import type { Sizes } from './part.ts'

/** The short form of some parts of `npm run prove -- intake`, one after another on one ground: starting one takes seconds. */
const SIZES: Sizes = { ...DEFAULT_SIZES, repeats: 100, histories: 40, seconds: 3, backlog: 300, tenants: 10 }

const ground: Promise<Ground> = openGround({ seed: Date.now() % 1_000_000 })
afterAll(async () => (await ground).close())

const prove = async (part: string): Promise<Finding[]> => {
  const findings = await PARTS[part]?.prove(await ground, SIZES)
  return (findings ?? []).filter((finding) => !finding.met && !isAboutTime(finding))
}

test('the same event over and over is one delivery with one effect', async () => {
  expect(await prove('repeats')).toEqual([])
})

test('histories that arrive in any order end in the last state', async () => {
  expect(await prove('disorder')).toEqual([])
})

test('what Postgres refuses for a moment is tried again, also by connections to a read-only server', async () => {
  expect(await prove('sqlstates')).toEqual([])
})
