import { describe, expect, test } from 'vitest'
import type { ObjectType } from '../../src/connectors/connector.ts'
import { judgeOwner, type OwnersSeen } from '../../src/sync/judge-owner.ts'
import { hasNewOwner, ownerFieldsOf, ownerIn } from '../../src/sync/owner-fields.ts'
import { NO_BASE, type RecordPlan } from '../../src/sync/plan/record-plan.ts'
import { withOwner } from '../../src/sync/with-owner.ts'

const object = (more: Partial<ObjectType<object>>): ObjectType<object> => ({
  ...{ key: 'task', name: 'Task', listFields: async () => [], ...more },
})
const OWNED = object({ belongsTo: { object: 'contact', field: 'who', moves: true } })

test('a contact belongs to nobody; an activity says whose it is, at the partner where that says so', () => {
  expect(ownerFieldsOf(object({ key: 'contact' }))).toBeUndefined()
  expect(ownerFieldsOf(object({ key: 'group' }))).toBeUndefined()
  expect(ownerFieldsOf(OWNED)).toEqual({ highlevel: 'contactId', partner: 'who' })
  for (const key of ['task', 'note', 'appointment', 'opportunity'] as const)
    expect(ownerFieldsOf(object({ key }))).toEqual({ highlevel: 'contactId', partner: null })
})

test('what was not read says nothing, and what is empty belongs to nobody', () => {
  expect([ownerIn(undefined, 'who'), ownerIn({}, 'who'), ownerIn({ who: 'p1' }, null)]).toEqual(
    Array(3).fill(undefined),
  )
  expect([ownerIn({ who: null }, 'who'), ownerIn({ who: '' }, 'who'), ownerIn({ who: 7 }, 'who')]).toEqual([
    null,
    null,
    '7',
  ])
})

test('a record that belongs to another contact than before is not in step', () => {
  const record = (who: string | null | undefined) => ({
    ...{ id: 't', changedAt: null, isDeleted: false, fields: who === undefined ? {} : { who } },
  })
  const isNew = (before: object, now: string | null | undefined): boolean =>
    hasNewOwner(OWNED, 'partner', before as Record<string, string>, record(now))
  expect([isNew({ who: 'p1' }, 'p1'), isNew({}, 'p1'), isNew({ who: 'p1' }, undefined)]).toEqual([false, false, false])
  expect([isNew({ who: 'p1' }, 'p2'), isNew({ who: 'p1' }, null)]).toEqual([true, true])
  expect(hasNewOwner(object({}), 'partner', { who: 'p1' }, record('p2'))).toBe(false)
})

describe('a pair', () => {
  const seen = (more: Partial<OwnersSeen>): OwnersSeen => ({
    ...{ own: 'c1', meant: 'p1', other: 'p1', before: { own: 'c1', other: 'p1' }, canFollow: true, ...more },
  })
  const moved = { own: 'c2', meant: 'p2' }

  test('of one contact is in place, whatever was before', () => {
    expect(judgeOwner(seen({}))).toBe('in place')
    expect(judgeOwner(seen({ before: { own: undefined, other: undefined } }))).toBe('in place')
    expect(judgeOwner(seen({ before: { own: 'c0', other: 'p0' } }))).toBe('in place')
  })

  test('follows its contact where it can, and only where nobody moved it on the other side', () => {
    expect(judgeOwner(seen(moved))).toBe('follows')
    expect(judgeOwner(seen({ ...moved, canFollow: false }))).toBe('differs')
    expect(judgeOwner(seen({ ...moved, other: 'p3' }))).toBe('differs')
    expect(judgeOwner(seen({ ...moved, before: { own: undefined, other: undefined } }))).toBe('differs')
  })

  test('that was moved on the other side alone is for people', () => {
    expect(judgeOwner(seen({ other: 'p2' }))).toBe('differs')
    expect(judgeOwner(seen({ other: null }))).toBe('differs')
  })

  test('whose contact is no longer linked goes on, unless it was given to one that never was', () => {
    expect(judgeOwner(seen({ meant: undefined }))).toBe('unknown')
    expect(judgeOwner(seen({ other: undefined }))).toBe('unknown')
    expect(judgeOwner(seen({ ...moved, meant: undefined }))).toBe('has none there')
  })
})

describe('a plan', () => {
  const fields = { highlevel: 'contactId', partner: 'who' }
  const owner = { highlevel: 'c1', partner: 'p1' }
  const write = (given: Record<string, string>) => ({ fields: given, labels: { add: [], remove: [] }, consent: {} })
  const plan = (more: Partial<RecordPlan> = {}): RecordPlan => ({
    writes: { highlevel: write({ title: 'Call' }), partner: write({ text: 'Call' }) },
    ...{ changes: [], disputes: [], problems: [], base: NO_BASE, ...more },
  })
  const agreed = { partner: { who: 'p1' }, highlevel: { contactId: 'c1' } }

  test('for what belongs to nobody stays as it is', () => {
    const mapped = plan()
    expect(withOwner(mapped, { fields: undefined, owner: null, follows: false }, { to: 'partner', isNew: true })).toBe(
      mapped,
    )
  })

  test('of what is made there says whose it is; the platform is told by the place where it is made', () => {
    const there = withOwner(plan(), { fields, owner, follows: false }, { to: 'partner', isNew: true })
    expect(there).toMatchObject({ writes: { partner: { fields: { text: 'Call', who: 'p1' } } }, base: agreed })
    expect(there.changes).toEqual([
      { side: 'partner', field: 'who', before: undefined, after: 'p1', why: 'first_time' },
    ])
    const here = withOwner(plan(), { fields, owner, follows: false }, { to: 'highlevel', isNew: true })
    expect(here.writes.highlevel.fields).toEqual({ title: 'Call' })
    expect(here.changes).toMatchObject([{ side: 'highlevel', field: 'contactId', after: 'c1' }])
  })

  test('of what is there already writes it only where it follows its contact', () => {
    const stays = withOwner(plan(), { fields, owner, follows: false }, { to: 'partner', isNew: false })
    expect([stays.writes.partner.fields, stays.changes, stays.base]).toMatchObject([{ text: 'Call' }, [], agreed])
    const base = { ...NO_BASE, partner: { who: 'p0' }, highlevel: {} }
    const follows = withOwner(plan({ base }), { fields, owner, follows: true }, { to: 'partner', isNew: false })
    expect(follows.writes.partner.fields).toEqual({ text: 'Call', who: 'p1' })
    expect(follows.changes).toEqual([{ side: 'partner', field: 'who', before: 'p0', after: 'p1', why: 'changed' }])
  })

  test('takes it from no row: one side’s id of a contact means nothing on the other', () => {
    const change = { side: 'partner', field: 'who', before: undefined, after: 'c1', why: 'changed' } as const
    const mapped = plan({
      writes: { highlevel: write({}), partner: write({ text: 'x', who: 'c1' }) },
      changes: [change],
    })
    const found = withOwner(mapped, { fields, owner: null, follows: false }, { to: 'partner', isNew: false })
    expect([found.writes.partner.fields, found.changes]).toEqual([{ text: 'x' }, []])
  })
})
