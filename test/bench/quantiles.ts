export type Quantiles = { p50: number; p99: number }

export const quantilesOf = (values: number[]): Quantiles => {
  const sorted = [...values].sort((left, right) => left - right)
  return { p50: at(sorted, 0.5), p99: at(sorted, 0.99) }
}

/** Of several runs, the middle one: one run on a shared machine says little. */
export const medianOf = (values: number[]): number => quantilesOf(values).p50

export const medianQuantiles = (runs: Quantiles[]): Quantiles => ({
  p50: medianOf(runs.map(({ p50 }) => p50)),
  p99: medianOf(runs.map(({ p99 }) => p99)),
})

export const sumOf = (parts: Quantiles[]): Quantiles => ({
  p50: parts.reduce((sum, { p50 }) => sum + p50, 0),
  p99: parts.reduce((sum, { p99 }) => sum + p99, 0),
})

function at(sorted: number[], share: number): number {
  if (sorted.length === 0) throw new Error('Nothing was measured.')
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0
}
