import { expect, test } from 'vitest'
import { proveIntake } from '../prove/intake.ts'

/** The short form of `npm run prove -- intake --parts kills`. */
test('nothing that was acknowledged is lost or done twice, whatever is killed', { timeout: 120_000 }, async () => {
  const measures = await proveIntake({ parts: ['kills'], sizes: { kills: 15 }, seed: Date.now() % 1_000_000 })
  expect(measures.filter(({ met }) => !met)).toEqual([])
})
