import type { SyncStep } from '../connectors/flow-definition.ts'
import { directionsOf } from './directions.ts'
import { fieldsOf } from './fields-of.ts'
import type { HeldPair } from './hold-pair.ts'
import { hasNewOwner } from './owner-fields.ts'
import { planRecord } from './plan/plan-record.ts'
import { isNothing, otherSide } from './plan/record-plan.ts'
import type { RunContext } from './run-context.ts'
import type { SyncRecord } from './sides/side.ts'

/**
 * Whether the record is what both sides agreed on: an echo of what we wrote, or a change of something that is not carried.
 * Then nobody has to look at the other side.
 */
export function isInStep(ctx: RunContext, step: SyncStep, { link, base }: HeldPair, record: SyncRecord): boolean {
  const { connector } = ctx.open
  const object = connector.objects.find(({ key }) => key === step.object)
  if (!object || !base || record.isDeleted || link.halted) return false
  if (hasNewOwner(object, ctx.from, base[ctx.from], record)) return false
  const to = otherSide(ctx.from)
  const { [to]: direction } = directionsOf(step, ctx)
  if (step.labels.kind !== 'none' && record.labels === undefined) return false
  const consent = base.consent[to]
  const other: SyncRecord = {
    id: '',
    fields: base[to],
    labels: base.labels,
    ...(consent && { consent }),
    changedAt: null,
    isDeleted: false,
  }
  const { writes } = planRecord({
    directions: { [to]: direction },
    [ctx.from]: record,
    [to]: other,
    base,
    fields: fieldsOf(object),
    erases: { highlevel: true, partner: true },
    around: ctx.around,
  })
  const isKnownToAllow = consent !== undefined || !step.consent || !Object.values(record.consent ?? {}).some(Boolean)
  return isKnownToAllow && isNothing(writes[to])
}
