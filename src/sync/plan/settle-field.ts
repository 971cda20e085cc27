import type { MappingRow } from '../../connectors/flow-definition.ts'
import { mergeLists } from '../../flows/mapping/merge-lists.ts'
import type { FieldValue } from '../../lib/field.ts'
import type { PlanInput, PlannedChange, SideName, Why } from './record-plan.ts'

type Settled = 'ask' | { from: SideName; why: Why } | { changes: PlannedChange[] }

type Disputed = {
  /** What each side is to hold, if the other one is right. */
  wanted: Record<SideName, FieldValue | undefined>
  /** The field on each side, where a row writes it. */
  cell: Record<SideName, string | null>
}

/** Clocks of two systems may differ by so much. */
const TOLERANCE_MS = 5000

/** Who is right when both sides changed a field since they were last in step. */
export function settleField(input: PlanInput, row: MappingRow, disputed: Disputed): Settled {
  if (row.policy === 'ask') return 'ask'
  if (row.policy === 'highlevel' || row.policy === 'partner') return { from: row.policy, why: 'rule' }
  const merged = row.policy === 'merge' ? merge(input, disputed) : undefined
  return merged ?? { from: laterOf(input), why: 'later' }
}

/** Where it cannot be told, or the difference may be that of clocks, the platform. */
function laterOf({ highlevel, partner }: PlanInput): SideName {
  const [here, there] = [highlevel?.changedAt ?? null, partner?.changedAt ?? null]
  if (here === null || there === null) return 'highlevel'
  return there - here > TOLERANCE_MS ? 'partner' : 'highlevel'
}

/** Lists of both sides, each in its own field: what either added or removed since. */
function merge(input: PlanInput, { cell, wanted }: Disputed): Settled | undefined {
  const changes = (['partner', 'highlevel'] as const).flatMap((side): PlannedChange[] | [] => {
    const field = cell[side]
    if (field === null) return []
    const [own, other] = [input[side]?.fields[field], wanted[side]]
    const base = input.base?.[side][field] ?? []
    if (!Array.isArray(own) || !Array.isArray(other) || !Array.isArray(base)) return []
    return [{ side, field, before: own, after: mergeLists(base, own, other), why: 'merged' }]
  })
  return changes.length > 0 ? { changes } : undefined
}
