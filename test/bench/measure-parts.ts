import type { Measure } from '../support/report.ts'
import type { BenchOptions } from './options.ts'

/** What was asked for of these parts, one after the other. */
export async function measureParts(
  { parts: wanted }: BenchOptions,
  parts: Record<string, () => Promise<Measure[]>>,
): Promise<Measure[]> {
  const measures: Measure[] = []
  for (const name of wanted) {
    const part = parts[name]
    if (!part) throw new Error(`There is no part ${name}: there are ${Object.keys(parts).join(', ')}.`)
    measures.push(...(await part()))
  }
  return measures
}
