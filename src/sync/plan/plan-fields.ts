import { sourcesOf } from '../../flows/mapping/sources-of.ts'
import type { FieldValues } from '../../lib/field.ts'
import { type Cell, cellsOf, placesOf, type View, viewOf } from './cells.ts'
import { decideCell } from './decide-cell.ts'
import { hasValue } from './has-value.ts'
import type { Base, PlanInput, PlannedChange, Problem, RecordPlan, SideName } from './record-plan.ts'

type FieldsPlan = Pick<RecordPlan, 'changes' | 'disputes' | 'problems'> & {
  writes: Record<SideName, FieldValues>
  base: Pick<Base, SideName>
}

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
    const decided = decideCell(input, cell)
    if ('dispute' in decided) {
      plan.disputes.push(decided.dispute)
      for (const place of placesOf(cell)) waiting.add(place)
    } else for (const change of decided.changes) addChange(input, plan, change)
  }
  plan.base = baseAfter(input, [partner, highlevel], plan.writes, waiting)
  return plan
}

const problemsOf = (view: View | undefined): Problem[] =>
  (view?.now.problems ?? []).map(({ target }) => ({ kind: 'wrong', target, source: sourceOf(view, target) }))

const sourceOf = (view: View | undefined, target: string): string => {
  const row = view?.rows.find((one) => one.target === target)
  return (row && sourcesOf(row)[0]) ?? target
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
