import type { Consent } from '../sides/side.ts'
import { planConsent } from './plan-consent.ts'
import { planFields } from './plan-fields.ts'
import { planLabels } from './plan-labels.ts'
import type { Base, PlanInput, PlannedChange, RecordPlan, SideName } from './record-plan.ts'

/**
 * What has to be written on either side for both to agree: a three-way merge of both records, as they are now, against what
 * they agreed on before. Pure. It looks at contents alone, so what comes late, twice or as an echo of our own writes plans
 * nothing.
 */
export function planRecord(input: PlanInput): RecordPlan {
  const fields = planFields(input)
  const labels = planLabels(input)
  const consent = planConsent(input)
  const writeOf = (side: SideName) => ({ fields: fields.writes[side], labels: labels[side], consent: consent[side] })
  const writes = { highlevel: writeOf('highlevel'), partner: writeOf('partner') }
  return {
    writes,
    changes: [...fields.changes, ...labelChanges(writes), ...consentChanges(writes)],
    disputes: fields.disputes,
    problems: fields.problems,
    base: { ...fields.base, labels: labels.agreed, consent: consentAfter(input, consent) },
  }
}

const SIDES = ['partner', 'highlevel'] as const

function consentAfter(input: PlanInput, stricter: Record<SideName, Partial<Consent>>): Base['consent'] {
  const after: Base['consent'] = {}
  for (const side of SIDES) {
    const now = input[side] ? input[side].consent : NOBODY_KEPT_AWAY
    if (now) after[side] = { ...now, ...stricter[side] }
  }
  return after
}

const NOBODY_KEPT_AWAY: Consent = { all: false, email: false, sms: false }

const labelChanges = (writes: RecordPlan['writes']): PlannedChange[] =>
  SIDES.flatMap((side) => {
    const { add, remove } = writes[side].labels
    if (add.length + remove.length === 0) return []
    return [{ side, field: 'labels', before: remove, after: add, why: 'label' }]
  })

const consentChanges = (writes: RecordPlan['writes']): PlannedChange[] =>
  SIDES.flatMap((side) =>
    Object.keys(writes[side].consent).map(
      (channel): PlannedChange => ({
        side,
        field: `consent.${channel}`,
        before: false,
        after: true,
        why: 'stricter',
      }),
    ),
  )
