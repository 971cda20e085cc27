import type { Owned } from './find-owner.ts'
import type { OwnerFields } from './owner-fields.ts'
import type { Base, RecordPlan, SideName } from './plan/record-plan.ts'

const SIDES = ['partner', 'highlevel'] as const

/**
 * The plan with the contact that its records belong to: what is made says whose it is, what follows its contact is given to him,
 * and both sides remember. No row of a flow writes that: one side's id of a contact means nothing on the other.
 */
export function withOwner(
  plan: RecordPlan,
  { fields, owner, follows }: Owned,
  { to, isNew }: { to: SideName; isNew: boolean },
): RecordPlan {
  if (!fields) return plan
  const written = writtenByRows(plan, fields)
  if (!owner) return written
  const base = agreedOn(written.base, fields, owner)
  const field = fields[to]
  if (field === null || !(isNew || follows)) return { ...written, base }
  const before = isNew ? undefined : plan.base[to][field]
  const why = isNew ? 'first_time' : 'changed'
  const change = { side: to, field, before, after: owner[to], why } as const
  return { ...written, base, changes: [...written.changes, change], writes: given(written.writes, fields, owner, to) }
}

const isOwnerField = (fields: OwnerFields, side: SideName, field: string): boolean => fields[side] === field

function writtenByRows(plan: RecordPlan, fields: OwnerFields): RecordPlan {
  const without = (side: SideName): RecordPlan['writes'][SideName] => ({
    ...plan.writes[side],
    fields: Object.fromEntries(
      Object.entries(plan.writes[side].fields).filter(([field]) => !isOwnerField(fields, side, field)),
    ),
  })
  return {
    ...plan,
    changes: plan.changes.filter(({ side, field }) => !isOwnerField(fields, side, field)),
    writes: { highlevel: without('highlevel'), partner: without('partner') },
  }
}

function agreedOn(base: Base, fields: OwnerFields, owner: NonNullable<Owned['owner']>): Base {
  const known = SIDES.map((side) => [side, fields[side] === null ? {} : { [fields[side]]: owner[side] }] as const)
  const { partner, highlevel } = Object.fromEntries(known) as Pick<Base, SideName>
  return { ...base, partner: { ...base.partner, ...partner }, highlevel: { ...base.highlevel, ...highlevel } }
}

/** The platform is told the contact with the place where a record is made. */
function given(
  writes: RecordPlan['writes'],
  fields: OwnerFields,
  owner: NonNullable<Owned['owner']>,
  to: SideName,
): RecordPlan['writes'] {
  if (to === 'highlevel' || fields.partner === null) return writes
  const { partner } = writes
  return { ...writes, partner: { ...partner, fields: { ...partner.fields, [fields.partner]: owner.partner } } }
}
