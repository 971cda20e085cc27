import { expect, test } from 'vitest'
import { isAboutTime } from '../prove/finding.ts'
import { proveIntake } from '../prove/intake.ts'

/**
 * The short form of `npm run prove -- intake --parts kills`. Each kill of a web process costs the start of another one; what
 * a killed worker had in hand is free some fifteen seconds later, however many kills there are.
 */
test('nothing that was acknowledged is lost or done twice, whatever is killed', { timeout: 120_000 }, async () => {
  const measures = await proveIntake({ parts: ['kills'], sizes: { kills: 8 }, seed: Date.now() % 1_000_000 })
  expect(measures.filter((measure) => !measure.met && !isAboutTime(measure))).toEqual([])
})
