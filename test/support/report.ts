/** One number of a proof or a benchmark, with what it is held against. */
export type Measure = {
  /** As the goals name it: R1, P3. */
  id: string
  name: string
  value: number
  unit: string
  /** What the machine, or a peer, does at best in the same run. */
  floor: number | null
  /** The value as a share of the floor. */
  ratio: number | null
  /** What must hold, in words: "≤ 20". */
  goal: string
  met: boolean
  /** Null where nothing was left to chance. */
  seed: number | null
}

export type About = Pick<Measure, 'id' | 'name' | 'value'> & Partial<Measure>

/** Makes measures of a benchmark: milliseconds for comparison, unless it says otherwise. */
export const measuring =
  (seed: number) =>
  (about: About): Measure => ({
    unit: 'ms',
    floor: null,
    ratio: null,
    goal: 'for comparison',
    met: true,
    seed,
    ...about,
    ...(about.floor && { ratio: about.value / about.floor }),
  })

/** A table for people, or one JSON object a line for programs. */
export function report(measures: Measure[], options: { json: boolean }): void {
  const lines = options.json ? measures.map((measure) => JSON.stringify(measure)) : table(measures)
  process.stdout.write(`${lines.join('\n')}\n`)
}

const HEADINGS = ['', 'id', 'what', 'value', 'unit', 'floor', 'ratio', 'goal', 'seed']
/** Numbers stand at the right of their column. */
const NUMBERS = new Set(['value', 'floor', 'ratio', 'seed'])

function table(measures: Measure[]): string[] {
  const rows = [HEADINGS, ...measures.map(cellsOf)]
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, NUMBERS.has(HEADINGS[column] ?? '')))
      .join('  ')
      .trimEnd(),
  )
}

const cellsOf = (measure: Measure): string[] => [
  measure.met ? 'ok' : 'MISSED',
  measure.id,
  measure.name,
  readable(measure.value),
  measure.unit,
  readable(measure.floor),
  readable(measure.ratio),
  measure.goal,
  measure.seed === null ? '' : String(measure.seed),
]

const pad = (cell: string, width: number, right: boolean): string => (right ? cell.padStart(width) : cell.padEnd(width))

/** Three digits are all that a measurement on a shared machine can carry. */
function readable(value: number | null): string {
  if (value === null) return ''
  if (Number.isInteger(value)) return value.toLocaleString('en')
  return value.toLocaleString('en', { maximumSignificantDigits: 3 })
}
