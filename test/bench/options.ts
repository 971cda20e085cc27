import { parseArgs } from 'node:util'
import { z } from 'zod'

export type BenchOptions = {
  name: string | undefined
  /** Arrivals a second. */
  rates: number[]
  /** How long each run lasts. */
  seconds: number
  /** Runs of each kind, of which the middle one counts. */
  runs: number
  locations: number
  seed: number
  json: boolean
}

const positive = z.coerce.number().int().positive()
const flags = z.object({
  rates: z.string().transform((text) => text.split(',').map((rate) => positive.parse(rate))),
  seconds: z.coerce.number().positive(),
  runs: positive,
  locations: positive,
  seed: z.coerce.number().int(),
  json: z.boolean(),
})

export function readOptions(args: string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rates: { type: 'string', default: '50,200' },
      seconds: { type: 'string', default: '4' },
      runs: { type: 'string', default: '3' },
      locations: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  return { name: positionals[0], ...flags.parse(values) }
}
