import type { MappingRow } from '../../connectors/flow-definition.ts'
import { isSameValue } from '../../flows/mapping/same-value.ts'
import { sourcesOf } from '../../flows/mapping/sources-of.ts'
import type { FieldValue, FieldValues } from '../../lib/field.ts'
import { type Cell, placesOf, type View, wantedAt } from './cells.ts'
import { hasValue } from './has-value.ts'
import {
  type Base,
  type Dispute,
  otherSide,
  type PlanInput,
  type PlannedChange,
  type SideName,
  type Why,
} from './record-plan.ts'
import { settleField } from './settle-field.ts'

type Decided = { changes: PlannedChange[] } | { dispute: Dispute }
const NOTHING: Decided = { changes: [] }

/** Which side a cell follows, or that its owner has to say so. */
export function decideCell(input: PlanInput, cell: Cell): Decided {
  const wanted = { partner: wantedAt(cell, 'partner'), highlevel: wantedAt(cell, 'highlevel') }
  if (isAgreed(input, cell, wanted)) return NOTHING
  const moved = { highlevel: hasMoved(input, cell, 'highlevel'), partner: hasMoved(input, cell, 'partner') }
  const follow = (from: SideName, why: Why): Decided => {
    const to = otherSide(from)
    const at = cell[to]
    const after = wanted[to]
    if (!at || after === undefined) return NOTHING
    return { changes: [{ side: to, field: at.row.target, before: input[to]?.fields[at.row.target], after, why }] }
  }
  const isNew = !isKnown(input, cell)
  if (moved.highlevel && !moved.partner) return follow('highlevel', isNew ? 'first_time' : 'changed')
  if (moved.partner && !moved.highlevel) return follow('partner', isNew ? 'first_time' : 'changed')
  if (!moved.highlevel) return NOTHING
  const { row } = cell.partner ?? cell.highlevel ?? {}
  if (!row) return NOTHING
  const dispute = disputeOf(input, cell)
  const decided = input.base?.decided?.[dispute.partnerField]
  if (decided) return follow(decided, 'decided')
  const settled = settleField(input, row, { wanted, cell: fieldsOf(cell) })
  if (settled === 'ask') return { dispute }
  if ('from' in settled) return follow(settled.from, settled.why)
  return { changes: settled.changes }
}

/** In the eyes of either row: what one way loses, such as capitals or a number’s form, is no difference. */
const isAgreed = (input: PlanInput, cell: Cell, wanted: Record<SideName, FieldValue | undefined>): boolean =>
  (['partner', 'highlevel'] as const).some((side) => {
    const [at, want, record] = [cell[side], wanted[side], input[side]]
    if (!at || want === undefined || !record) return false
    return same(input, side, at.row.target, want, record.fields[at.row.target])
  })

/** Whether this side's value is another one than when both were last in step. Of what never was in step, a value counts. */
function hasMoved(input: PlanInput, cell: Cell, side: SideName): boolean {
  const record = input[side]
  if (!record) return false
  const to = cell[otherSide(side)]
  const own = cell[side]
  if (!isKnown(input, cell))
    return hasValue(to ? wantedAt(cell, otherSide(side)) : record.fields[own?.row.target ?? ''])
  return hasMovedAsTarget(input, side, own?.row.target, record.fields) || hasMovedAsSource(input, to)
}

function hasMovedAsTarget(input: PlanInput, side: SideName, target: string | undefined, now: FieldValues): boolean {
  if (target === undefined || now[target] === undefined) return false
  return !same(input, side, target, now[target], input.base?.[side][target])
}

/** Seen through the row, so that what the row does not carry is no change. */
function hasMovedAsSource(input: PlanInput, to: { view: View; row: MappingRow } | undefined): boolean {
  if (!to) return false
  const { view, row } = to
  return !same(input, view.to, row.target, view.now.values[row.target], view.before[row.target])
}

/** Whether every field that the cell reads or writes was in step before. */
const isKnown = ({ base }: PlanInput, cell: Cell): boolean =>
  base !== undefined && placesOf(cell).every((place) => isIn(base, place))

const isIn = (base: Base, place: string): boolean => {
  const side: SideName = place.startsWith('partner/') ? 'partner' : 'highlevel'
  return Object.hasOwn(base[side], place.slice(side.length + 1))
}

const fieldsOf = (cell: Cell): Record<SideName, string | null> => ({
  partner: cell.partner?.row.target ?? null,
  highlevel: cell.highlevel?.row.target ?? null,
})

function disputeOf(input: PlanInput, cell: Cell): Dispute {
  const { row } = cell.partner ?? {}
  const here = cell.highlevel?.row.target ?? (row && sourcesOf(row)[0]) ?? null
  const back = cell.highlevel?.row
  const there = row?.target ?? (back && sourcesOf(back)[0]) ?? ''
  return {
    partnerField: there,
    highLevelField: here,
    partnerValue: input.partner?.fields[there] ?? null,
    highLevelValue: wantedAt(cell, 'partner') ?? (here === null ? null : (input.highlevel?.fields[here] ?? null)),
  }
}

const same = (
  { fields, around }: PlanInput,
  side: SideName,
  field: string,
  one: FieldValue | undefined,
  other: FieldValue | undefined,
): boolean => isSameValue(fields[side].get(field)?.type ?? 'text', one ?? null, other ?? null, around)
