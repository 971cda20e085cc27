import type { MappingRow } from '../../connectors/flow-definition.ts'
import { type Mapped, mapFields } from '../../flows/mapping/map-fields.ts'
import { isSameValue } from '../../flows/mapping/same-value.ts'
import { sourcesOf } from '../../flows/mapping/sources-of.ts'
import type { FieldValue, FieldValues } from '../../lib/field.ts'
import {
  type Base,
  type Dispute,
  otherSide,
  type PlanInput,
  type PlannedChange,
  type Problem,
  type RecordPlan,
  type SideName,
  type Why,
} from './record-plan.ts'
import { settleField } from './settle-field.ts'

type FieldsPlan = Pick<RecordPlan, 'changes' | 'disputes' | 'problems'> & {
  writes: Record<SideName, FieldValues>
  base: Pick<Base, SideName>
}

/** One direction's rows, with what they make of the other side's record: now, and when both were last in step. */
type View = { to: SideName; rows: readonly MappingRow[]; now: Mapped; before: FieldValues }

/** A field of one side that is set from the other, and the row that sets it; both, where a row each way pairs them. */
type Cell = Partial<Record<SideName, { view: View; row: MappingRow }>>

/** Field by field: whichever side moved since they were last in step is followed; where both did, the row's policy decides. */
export function planFields(input: PlanInput): FieldsPlan {
  const partner = viewOf(input, 'partner')
  const highlevel = viewOf(input, 'highlevel')
  const plan: FieldsPlan = {
    writes: { highlevel: {}, partner: {} },
    changes: [],
    disputes: [],
    problems: [...problemsOf(partner), ...problemsOf(highlevel)],
    base: { highlevel: {}, partner: {} },
  }
  const waiting = new Set<string>()
  for (const cell of cellsOf(partner, highlevel)) {
    const decided = decide(input, cell)
    if ('dispute' in decided) {
      plan.disputes.push(decided.dispute)
      for (const place of placesOf(cell)) waiting.add(place)
    } else for (const change of decided.changes) addChange(input, plan, change)
  }
  plan.base = baseAfter(input, [partner, highlevel], plan.writes, waiting)
  return plan
}

function viewOf(input: PlanInput, to: SideName): View | undefined {
  const direction = input.directions[to]
  const from = input[otherSide(to)]
  if (!direction || !from) return undefined
  const targets = [...input.fields[to].values()]
  const map = (fields: FieldValues): Mapped =>
    mapFields(direction.rows, { ...fields, ...direction.extras }, input.around, targets)
  const base = input.base?.[otherSide(to)]
  return { to, rows: direction.rows, now: map(from.fields), before: base ? map(base).values : {} }
}

const problemsOf = (view: View | undefined): Problem[] =>
  (view?.now.problems ?? []).map(({ target }) => ({ kind: 'wrong', target, source: sourceOf(view, target) }))

const sourceOf = (view: View | undefined, target: string): string => {
  const row = view?.rows.find((one) => one.target === target)
  return (row && sourcesOf(row)[0]) ?? target
}

/** Rows of both ways that read what the other writes are one cell. */
function cellsOf(partner: View | undefined, highlevel: View | undefined): Cell[] {
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

type Decided = { changes: PlannedChange[] } | { dispute: Dispute }
const NOTHING: Decided = { changes: [] }

function decide(input: PlanInput, cell: Cell): Decided {
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

const wantedAt = (cell: Cell, side: SideName): FieldValue | undefined => {
  const at = cell[side]
  return at && (Object.hasOwn(at.view.now.values, at.row.target) ? at.view.now.values[at.row.target] : undefined)
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

const hasValue = (value: FieldValue | undefined): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

/** Whether every field that the cell reads or writes was in step before. */
const isKnown = ({ base }: PlanInput, cell: Cell): boolean =>
  base !== undefined && placesOf(cell).every((place) => isIn(base, place))

const isIn = (base: Base, place: string): boolean => {
  const side: SideName = place.startsWith('partner/') ? 'partner' : 'highlevel'
  return Object.hasOwn(base[side], place.slice(side.length + 1))
}

/** The fields that a cell reads and writes, as `side/field`. What events say is nobody's field. */
function placesOf(cell: Cell): string[] {
  const places = (['partner', 'highlevel'] as const).flatMap((to) => {
    const row = cell[to]?.row
    if (!row) return []
    const sources = sourcesOf(row).filter((field) => !/^(event|steps|contact|partner)\./.test(field))
    return [`${to}/${row.target}`, ...sources.map((field) => `${otherSide(to)}/${field}`)]
  })
  return [...new Set(places)]
}

export type CellFields = Record<SideName, string | null>
const fieldsOf = (cell: Cell): CellFields => ({
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

function addChange(input: PlanInput, plan: FieldsPlan, change: PlannedChange): void {
  const { side, field, after } = change
  if (input.fields[side].get(field)?.readOnly) return
  if (!hasValue(after) && !input[side]) return // nothing to empty in what is made just now
  if (!hasValue(after) && !input.erases[side]) {
    plan.problems.push({ kind: 'not_emptied', target: field, source: field })
    return
  }
  plan.writes[side][field] = after
  plan.changes.push(change)
}

/** Every field that any row reads or writes, as it is once the writes are done; what waits for the owner, as it was. */
function baseAfter(
  input: PlanInput,
  views: readonly (View | undefined)[],
  writes: Record<SideName, FieldValues>,
  waiting: ReadonlySet<string>,
): Pick<Base, SideName> {
  const after = { highlevel: { ...input.base?.highlevel }, partner: { ...input.base?.partner } }
  for (const view of views) {
    const cells = view?.rows.map((row): Cell => ({ [view.to]: { view, row } })) ?? []
    for (const place of cells.flatMap(placesOf)) {
      if (waiting.has(place)) continue
      const side: SideName = place.startsWith('partner/') ? 'partner' : 'highlevel'
      const field = place.slice(side.length + 1)
      const value = Object.hasOwn(writes[side], field) ? writes[side][field] : input[side]?.fields[field]
      if (value !== undefined) after[side][field] = value
    }
  }
  return after
}

const same = (
  { fields, around }: PlanInput,
  side: SideName,
  field: string,
  one: FieldValue | undefined,
  other: FieldValue | undefined,
): boolean => isSameValue(fields[side].get(field)?.type ?? 'text', one ?? null, other ?? null, around)
