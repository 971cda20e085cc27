import type { MappingRow } from '../../connectors/flow-definition.ts'
import type { FieldValue, FieldValues } from '../../lib/field.ts'
import { sourcesOf } from './sources-of.ts'

/** Characters that one mapping may touch, so that it never keeps a process busy for long. Real records need a hundredth. */
const MOST_WORK = 2_000_000

export const TOO_MUCH_WORK = 'The record holds too much for this rule: shorter texts or fewer steps are needed.'

type Row = Pick<MappingRow, 'source' | 'transforms'>

/** For each row whether it may be worked out: those before it have left enough of what may be spent. */
export function affordableRows(rows: readonly Row[], sources: FieldValues): boolean[] {
  let left = MOST_WORK
  return rows.map((row) => {
    const work = workOf(row, sources)
    if (work > left) return false
    left -= work
    return true
  })
}

/** What it reads, once for each step it goes through. */
function workOf(row: Row, sources: FieldValues): number {
  const { source } = row
  const read = sourcesOf(row).reduce((sum, field) => sum + sizeOf(held(field, sources)), 0)
  const own = source.kind === 'constant' ? sizeOf(source.value) : 0
  const filled = source.kind === 'template' ? (source.template.match(/[{|]|contains/g) ?? []).length : 0
  return (read + own) * (1 + filled + row.transforms.length)
}

const held = (field: string, sources: FieldValues): FieldValue =>
  Object.hasOwn(sources, field) ? (sources[field] ?? null) : null

const sizeOf = (value: FieldValue): number =>
  Array.isArray(value)
    ? value.reduce((sum, entry) => sum + 1 + entry.length, 0)
    : typeof value === 'string'
      ? value.length
      : 1
