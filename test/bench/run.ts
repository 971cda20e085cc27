import { availableParallelism, loadavg } from 'node:os'
import { type Measure, report } from '../support/report.ts'
import { benchBackfill } from './backfill-bench.ts'
import { benchIntake } from './intake-bench.ts'
import { benchLine } from './line-bench.ts'
import { type BenchOptions, readOptions } from './options.ts'
import { benchQuota } from './quota-bench.ts'
import { benchRefresh } from './refresh-bench.ts'
import { benchSync } from './sync-bench.ts'

type Bench = (options: BenchOptions, started: (stop: () => Promise<void>) => void) => Promise<Measure[]>

const BENCHES: Record<string, { about: string; flags: string; how: string; run: Bench }> = {
  line: {
    about: 'webhook in → ActiveTrail answered, at several rates',
    flags: '[--rates 50,200] [--seconds 4] [--runs 3] [--locations 200]',
    how: `
Every process is real and Postgres is durable. Arrivals are independent of each other and of the answers; a latency
counts from when the webhook was due. Values are medians of several runs. A floor is what the same machine needed in the
same minutes for the parts that cannot be left out (the ack: one signed POST and one commit; the line: one commit, one
HighLevel read and, where it has answered, one ActiveTrail write), p50 and p99 each summed.`,
    run: benchLine,
  },
  intake: {
    about: 'webhooks verified, stored, queued and answered: as many as possible, and at several rates',
    flags: '[--rates 200,500,1000] [--seconds 4] [--runs 3] [--locations 200]',
    how: `
The web process is real and Postgres is durable; nobody works on what is stored. Floors are measured in the same minutes with
the same senders: an Express endpoint that verifies and stores nothing, and one that stores a row and a job for each webhook,
many in a commit. Ratios of rates are value / floor; goals of P1 are shares of them. Arrivals are independent of each other
and of the answers; a latency counts from when the webhook was due. Values are medians of several runs.`,
    run: benchIntake,
  },
  backfill: {
    about: 'a large account read, and one written: as fast as the limit lets it, also when it is killed',
    flags: '[--parts read,write] [--contacts 100000] [--latency 100] [--writes 1500]',
    how: `
The process that reads is real, Postgres is durable, and the sandbox keeps to its limit of 100 calls in 10 s. Read are pages of 500,
each stored with the place where reading goes on, as in the product; what is done with each contact is not in it. The floor is
what no code can beat: the calls at the rate of the limit, or one after another as fast as a client gets them that does nothing else,
measured before and after. Written is by the worker as it is, from ActiveTrail, with both flows of contacts switched on and every
echo delivered; calls are counted where they arrive, shares are of 10 calls a second. ActiveTrail answers at once here; the real one
takes 2 calls a second, of which a flow that carries groups needs two for each contact.`,
    run: benchBackfill,
  },
  refresh: {
    about: 'races for one token, and storms in which all tokens end at once',
    flags:
      '[--tenants 10000] [--latency 100] [--in-flight 64] [--repeats 100] [--stop 90] [--parts race,steady,storm,ingest,faults]',
    how: `
Every process is real and Postgres is durable; the token endpoint is a process of its own that rotates as HighLevel does,
answers a used token alike for 30 s, and counts every use. The floor of a storm is the same number of plain HTTP calls to the
same endpoint, as many at once; its ratio is floor / value: the share of what the endpoint could give at best.`,
    run: benchRefresh,
  },
  sync: {
    about: 'the whole way of a change: with a partner that takes 50 ms, as many as possible, and what each stage costs',
    flags: '[--rates 200,1000] [--seconds 4] [--runs 3] [--locations 200]',
    how: `
Every process is real and Postgres is durable; many locations, since HighLevel's limit is for each. Latencies count from when a
webhook was due; a floor is what the same machine needed in the same minutes for one commit, one HighLevel read and, where it has
answered, one ActiveTrail write and the 50 ms that it takes. As many as possible: all webhooks are due within moments, and the clock runs
until ActiveTrail has answered for the last of them. Stages are those of one change after another in a process that does nothing
else.`,
    run: benchSync,
  },
  quota: {
    about: 'the platform’s limits used up, and never passed',
    flags: '[--minutes 1] [--parts burst,waiting,tenants,day]',
    how: `
Every process is real and Postgres is durable; the platform is the sandbox, a process of its own, which counts as HighLevel does
and refuses what is too much. Each call comes there up to 250 ms after it was sent. Shares are of a hundred calls in each ten
seconds; 97.6 % is what a log with a guard of 250 ms can use at best.`,
    run: benchQuota,
  },
}

const BUSY = 'The machine may be busy with other things: compare ratios, not milliseconds.'

const options = readOptions(process.argv.slice(2), {
  intake: { rates: '200,500,1000' },
  sync: { rates: '200,1000' },
  refresh: { parts: 'race,steady,storm,ingest,faults' },
  backfill: { parts: 'read,write' },
  quota: { parts: 'burst,waiting,tenants,day' },
})
const bench = BENCHES[options.name ?? '']
if (bench) await runBench(bench)
else listBenches()

async function runBench({ run, how }: { run: Bench; how: string }): Promise<void> {
  const stops: (() => Promise<void>)[] = []
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop().catch((error) => console.error(error))
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => stopAll().then(() => process.exit(130)))
  try {
    report(await run(options, (stop) => stops.push(stop)), options)
    if (!options.json) process.stdout.write(`${how}\n${BUSY}\n${howBusy()}\n`)
  } catch (error) {
    process.stderr.write(`The bench failed: ${error instanceof Error ? error.stack : error}\n`)
    process.exitCode = 1
  }
  await stopAll()
}

/** A busy machine shows in every millisecond above, and in the floors as well. */
function howBusy(): string {
  return `Load at the end: ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} processors.`
}

function listBenches(): void {
  const lines = Object.entries(BENCHES).map(([name, { about, flags }]) => `  ${name}   ${about}\n      ${flags}`)
  process.stdout.write(`npm run bench -- <name> [--seed 1] [--json]\n\n${lines.join('\n')}\n`)
}
