import type { Measure } from '../support/report.ts'
import { benchBackfillRead } from './backfill-read.ts'
import { benchBackfillWrite } from './backfill-write.ts'
import type { BenchOptions } from './options.ts'

const PARTS = { read: benchBackfillRead, write: benchBackfillWrite }

/** P11 and P12, each in a town of its own. */
export async function benchBackfill(
  options: BenchOptions,
  started: (stop: () => Promise<void>) => void,
): Promise<Measure[]> {
  const measures: Measure[] = []
  for (const [name, bench] of Object.entries(PARTS)) {
    if (options.parts.includes(name)) measures.push(...(await bench(options, started)))
  }
  return measures
}
