import type { MappingRow } from '../../connectors/flow-definition.ts'
import { type Mapped, mapFields } from '../../flows/mapping/map-fields.ts'
import { sourcesOf } from '../../flows/mapping/sources-of.ts'
import type { FieldValue, FieldValues } from '../../lib/field.ts'
import { otherSide, type PlanInput, type SideName } from './record-plan.ts'

/** One direction's rows, with what they make of the other side's record: now, and when both were last in step. */
export type View = { to: SideName; rows: readonly MappingRow[]; now: Mapped; before: FieldValues }

/** A field of one side that is set from the other, and the row that sets it; both, where a row each way pairs them. */
export type Cell = Partial<Record<SideName, { view: View; row: MappingRow }>>

export function viewOf(input: PlanInput, to: SideName): View | undefined {
  const direction = input.directions[to]
  const from = input[otherSide(to)]
  if (!direction || !from) return undefined
  const targets = [...input.fields[to].values()]
  const map = (fields: FieldValues): Mapped =>
    mapFields(direction.rows, { ...fields, ...direction.extras }, input.around, targets)
  const base = input.base?.[otherSide(to)]
  return { to, rows: direction.rows, now: map(from.fields), before: base ? map(base).values : {} }
}

/** Rows of both ways that read what the other writes are one cell. */
export function cellsOf(partner: View | undefined, highlevel: View | undefined): Cell[] {
  const back = new Set(highlevel?.rows ?? [])
  const cells: Cell[] = []
  for (const row of partner?.rows ?? []) {
    const pair = [...back].find((one) => sourcesOf(row).includes(one.target) && sourcesOf(one).includes(row.target))
    if (pair) back.delete(pair)
    cells.push({
      ...(partner && { partner: { view: partner, row } }),
      ...(pair && highlevel && { highlevel: { view: highlevel, row: pair } }),
    })
  }
  for (const row of back) if (highlevel) cells.push({ highlevel: { view: highlevel, row } })
  return cells
}

/** What the row makes of the other side’s record for this one. */
export const wantedAt = (cell: Cell, side: SideName): FieldValue | undefined => {
  const at = cell[side]
  return at && (Object.hasOwn(at.view.now.values, at.row.target) ? at.view.now.values[at.row.target] : undefined)
}

/** The fields that a cell reads and writes, as `side/field`. What events say is nobody's field. */
export function placesOf(cell: Cell): string[] {
  const places = (['partner', 'highlevel'] as const).flatMap((to) => {
    const row = cell[to]?.row
    if (!row) return []
    const sources = sourcesOf(row).filter((field) => !/^(event|steps|contact|partner)\./.test(field))
    return [`${to}/${row.target}`, ...sources.map((field) => `${otherSide(to)}/${field}`)]
  })
  return [...new Set(places)]
}
