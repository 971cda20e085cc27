import type { Sides } from './apply-plan.ts'
import type { Base, Problem, RecordPlan, SideName } from './plan/record-plan.ts'
import type { SyncRecord } from './sides/side.ts'

/** The plan without the values that a side would refuse: those leave the others alone, and both sides as they are. */
export function fitPlan(
  plan: RecordPlan,
  sides: Sides,
  records: Partial<Record<SideName, SyncRecord>>,
  base: Base | undefined,
  sourceOf: (target: string) => string,
): { plan: RecordPlan; obstacle: string | null } {
  let [fitted, obstacle] = [plan, null as string | null]
  for (const side of ['partner', 'highlevel'] as const) {
    const isNew = !records[side]
    if (!isNew && Object.keys(plan.writes[side].fields).length === 0) continue
    const { write, leftOut, obstacle: inTheWay } = sides[side].fit(plan.writes[side], { isNew })
    obstacle ??= inTheWay
    fitted = {
      ...fitted,
      writes: { ...fitted.writes, [side]: write },
      changes: fitted.changes.filter((change) => change.side !== side || !leftOut.includes(change.field)),
      problems: [
        ...fitted.problems,
        ...leftOut.map((target): Problem => ({ kind: 'wrong', target, source: sourceOf(target) })),
      ],
      base: {
        ...fitted.base,
        [side]: without(fitted.base[side], leftOut, records[side]?.fields ?? base?.[side] ?? {}),
      },
    }
  }
  return { plan: fitted, obstacle }
}

/** What stands there stays what stood there. */
function without(agreed: Base[SideName], leftOut: readonly string[], there: Base[SideName]): Base[SideName] {
  const after = { ...agreed }
  for (const field of leftOut) {
    const value = there[field]
    if (value === undefined) delete after[field]
    else after[field] = value
  }
  return after
}
