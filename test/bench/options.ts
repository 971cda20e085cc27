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
  /** Of the backfill bench. */
  contacts: number
  /** Contacts that it writes. */
  writes: number
  /** Of the refresh bench. */
  tenants: number
  /** Milliseconds that the token endpoint, or the platform, takes. */
  latency: number
  /** Renewals at the token endpoint at once, of all processes. */
  inFlight: number
  /** Races for one token. */
  repeats: number
  /** Seconds that a process is stopped for. */
  stop: number
  parts: string[]
  /** How long a limit is used up for, of the quota bench. */
  minutes: number
  seed: number
  json: boolean
}

const positive = z.coerce.number().int().positive()
const flags = z.object({
  rates: z.string().transform((text) => text.split(',').map((rate) => positive.parse(rate))),
  seconds: z.coerce.number().positive(),
  runs: positive,
  locations: positive,
  contacts: positive,
  writes: positive,
  tenants: positive,
  latency: z.coerce.number().int().min(0),
  'in-flight': positive,
  repeats: positive,
  stop: positive,
  parts: z.string().transform((text) => text.split(',')),
  minutes: z.coerce.number().positive(),
  seed: z.coerce.number().int(),
  json: z.boolean(),
})

/** `defaults`: what a bench, by its name, has other than the rest. */
export function readOptions(
  args: string[],
  defaults: Record<string, { rates?: string; parts?: string }> = {},
): BenchOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      rates: { type: 'string' },
      seconds: { type: 'string', default: '4' },
      runs: { type: 'string', default: '3' },
      locations: { type: 'string', default: '200' },
      contacts: { type: 'string', default: '100000' },
      writes: { type: 'string', default: '1500' },
      tenants: { type: 'string', default: '10000' },
      latency: { type: 'string', default: '100' },
      'in-flight': { type: 'string', default: '64' },
      repeats: { type: 'string', default: '100' },
      stop: { type: 'string', default: '90' },
      parts: { type: 'string' },
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  const usual = defaults[positionals[0] ?? '']
  const rates = values.rates ?? usual?.rates ?? '50,200'
  const parts = values.parts ?? usual?.parts ?? ''
  const { 'in-flight': inFlight, ...others } = flags.parse({ ...values, rates, parts })
  return { name: positionals[0], inFlight, ...others }
}
