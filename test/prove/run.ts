import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type Measure, report } from '../support/report.ts'
import { proveInstalls } from './installs.ts'
import { DEFAULT_SIZES, PARTS, proveIntake } from './intake.ts'
import type { Sizes } from './part.ts'
import { proveSync, SYNC_PARTS } from './sync.ts'

type Proof = {
  about: string
  prove(options: ProofOptions): Promise<Measure[]>
}

type ProofOptions = {
  parts: string[]
  sizes: Partial<Sizes>
  locations: number
  workers: number
  seeds: number
  seed: number
  say: (progress: string) => void
}

const PROOFS: Record<string, Proof> = {
  intake: {
    about: `deliveries survive whatever happens; [--parts ${Object.keys(PARTS).join(',')}]`,
    prove: proveIntake,
  },
  installs: {
    about: 'an agency’s locations get their tokens at the pace of its limit [--locations 500] [--workers 2]',
    prove: proveInstalls,
  },
  sync: {
    about: `both sides come to what their edits and the policies say [--seeds 4] [--parts ${SYNC_PARTS.join(',')}]`,
    prove: proveSync,
  },
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const sizeFlags = Object.keys(DEFAULT_SIZES) as (keyof Sizes)[]
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...(Object.fromEntries(sizeFlags.map((name) => [name, { type: 'string' }])) as Record<
      keyof Sizes,
      { type: 'string' }
    >),
    parts: { type: 'string', default: '' },
    locations: { type: 'string', default: '500' },
    workers: { type: 'string', default: '2' },
    seeds: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    json: { type: 'boolean', default: false },
  },
})

const proof = PROOFS[positionals[0] ?? '']
if (!proof) {
  const proofs = Object.entries(PROOFS).map(([name, { about }]) => `  ${name}  ${about}`)
  const parts = Object.entries(PARTS).map(([name, { about }]) => `    ${name}  ${about}`)
  process.stderr.write(`npm run prove -- NAME [--seed N] [--json]\n\n${[...proofs, '', ...parts].join('\n')}\n`)
  process.exit(positionals.length === 0 ? 0 : 1)
}
const seed = Number(values.seed)
const begunAt = performance.now()
const say = (progress: string): void =>
  void process.stderr.write(`${((performance.now() - begunAt) / 1000).toFixed(0).padStart(5)} s  ${progress}\n`)
say(`seed ${seed}`)
const given = sizeFlags.flatMap((name) => (values[name] === undefined ? [] : [[name, Number(values[name])]]))
const measures = await proof
  .prove({
    parts: values.parts.split(',').filter(Boolean),
    sizes: Object.fromEntries(given),
    locations: Number(values.locations),
    workers: Number(values.workers),
    seeds: Number(values.seeds),
    seed,
    say,
  })
  .catch((error) => {
    process.stderr.write(`It broke with seed ${seed}: ${error instanceof Error ? error.stack : error}\n`)
    process.exit(1)
  })
report(measures, { json: values.json })
process.exit(measures.every(({ met }) => met) ? 0 : 1)
