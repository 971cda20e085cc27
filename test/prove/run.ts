import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { type Measure, report } from '../support/report.ts'
import { proveDeliveries } from './deliveries.ts'
import { proveInstalls } from './installs.ts'

type Proof = {
  about: string
  prove(options: ProofOptions): Promise<Measure[]>
}

type ProofOptions = {
  kills: number
  locations: number
  workers: number
  seed: number
  say: (progress: string) => void
}

const PROOFS: Record<string, Proof> = {
  deliveries: { about: 'no acknowledged delivery is lost, whatever is killed [--kills 1000]', prove: proveDeliveries },
  installs: {
    about: 'an agency’s locations get their tokens at the pace of its limit [--locations 500] [--workers 2]',
    prove: proveInstalls,
  },
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '1000' },
    locations: { type: 'string', default: '500' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    json: { type: 'boolean', default: false },
  },
})

const proof = PROOFS[positionals[0] ?? '']
if (!proof) {
  const list = Object.entries(PROOFS).map(([name, { about }]) => `  ${name}  ${about}`)
  process.stderr.write(`npm run prove -- NAME [--seed N] [--json]\n\n${list.join('\n')}\n`)
  process.exit(positionals.length === 0 ? 0 : 1)
}
const seed = Number(values.seed)
process.stderr.write(`seed ${seed}\n`)
const measures = await proof.prove({
  kills: Number(values.kills),
  locations: Number(values.locations),
  workers: Number(values.workers),
  seed,
  say: (progress) => process.stderr.write(`${progress}\n`),
})
report(measures, { json: values.json })
process.exit(measures.every(({ met }) => met) ? 0 : 1)
