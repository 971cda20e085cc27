import { expect, test } from 'vitest'
import { proveDeliveries } from '../prove/deliveries.ts'

/** The short form of `npm run prove -- deliveries`. */
test('nothing that was acknowledged is lost or done twice, whatever is killed', { timeout: 120_000 }, async () => {
  const measures = await proveDeliveries({ kills: 15, seed: Date.now() % 1_000_000 })
  expect(measures.filter(({ met }) => !met)).toEqual([])
})
