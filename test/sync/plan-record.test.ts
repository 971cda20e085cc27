import { describe, expect, test } from 'vitest'
import type { ConflictPolicy, LabelPolicy, MappingRow } from '../../src/connectors/flow-definition.ts'
import type { Field, FieldValues } from '../../src/lib/field.ts'
import { planRecord } from '../../src/sync/plan/plan-record.ts'
import { type Base, type Direction, NO_BASE, type PlanInput } from '../../src/sync/plan/record-plan.ts'
import type { Consent, SyncRecord } from '../../src/sync/sides/side.ts'

/** A contact with a name, a phone number and a list on both sides; each side has names of its own for them. */
const FIELDS: Record<'highlevel' | 'partner', Field[]> = {
  highlevel: [
    { key: 'firstName', label: 'First name', type: 'text' },
    { key: 'phone', label: 'Phone', type: 'phone' },
    { key: 'interests', label: 'Interests', type: 'list' },
    { key: 'id', label: 'Id', type: 'text', readOnly: true },
  ],
  partner: [
    { key: 'first_name', label: 'First name', type: 'text' },
    { key: 'sms', label: 'SMS', type: 'phone' },
    { key: 'topics', label: 'Topics', type: 'list' },
    { key: 'state', label: 'State', type: 'text', readOnly: true },
  ],
}

const row = (target: string, field: string, more: Partial<MappingRow> = {}): MappingRow => ({
  target,
  source: { kind: 'field', field },
  transforms: [],
  whenBlank: 'keep',
  policy: 'last_writer',
  ...more,
})

const direction = (rows: MappingRow[], more: Partial<Direction> = {}): Direction => ({
  rows,
  consent: false,
  labels: { kind: 'none' },
  creates: true,
  extras: {},
  ...more,
})

const pairOf = (policy: ConflictPolicy, more: Partial<Direction> = {}): PlanInput['directions'] => ({
  partner: direction(
    [
      row('first_name', 'firstName', { policy }),
      row('sms', 'phone', { policy }),
      row('topics', 'interests', { policy }),
    ],
    more,
  ),
  highlevel: direction([row('firstName', 'first_name'), row('phone', 'sms'), row('interests', 'topics')], more),
})

const record = (fields: FieldValues, more: Partial<SyncRecord> = {}): SyncRecord => ({
  id: '1',
  fields,
  changedAt: null,
  isDeleted: false,
  ...more,
})

const base = (highlevel: FieldValues, partner: FieldValues, more: Partial<Base> = {}): Base => ({
  ...NO_BASE,
  highlevel,
  partner,
  ...more,
})

const plan = (input: Pick<PlanInput, 'directions'> & Partial<PlanInput>) =>
  planRecord({
    fields: {
      highlevel: new Map(FIELDS.highlevel.map((field) => [field.key, field])),
      partner: new Map(FIELDS.partner.map((field) => [field.key, field])),
    },
    erases: { highlevel: true, partner: false },
    around: { zone: 'Asia/Jerusalem', country: 'IL' },
    ...input,
  })

const writes = (input: Parameters<typeof plan>[0]) => {
  const { highlevel, partner } = plan(input).writes
  return { highlevel: highlevel.fields, partner: partner.fields }
}

const SAME = base(
  { firstName: 'Dana', phone: '+972501234567', interests: ['red'] },
  { first_name: 'Dana', sms: '0501234567', topics: ['red'] },
)
const DANA = record(SAME.highlevel)
const DANA_THERE = record(SAME.partner)

describe('one side changed', () => {
  const directions = pairOf('last_writer')

  test('neither: nothing is written', () => {
    expect(writes({ directions, highlevel: DANA, partner: DANA_THERE, base: SAME })).toEqual({
      highlevel: {},
      partner: {},
    })
  })

  test('the other one follows', () => {
    const here = record({ ...DANA.fields, firstName: 'Dina' })
    expect(writes({ directions, highlevel: here, partner: DANA_THERE, base: SAME })).toEqual({
      highlevel: {},
      partner: { first_name: 'Dina' },
    })
    const there = record({ ...DANA_THERE.fields, first_name: 'Dora' })
    expect(writes({ directions, highlevel: DANA, partner: there, base: SAME })).toEqual({
      highlevel: { firstName: 'Dora' },
      partner: {},
    })
  })

  test('different fields of both: both follow', () => {
    const here = record({ ...DANA.fields, firstName: 'Dina' })
    const there = record({ ...DANA_THERE.fields, topics: ['red', 'blue'] })
    expect(writes({ directions, highlevel: here, partner: there, base: SAME })).toEqual({
      highlevel: { interests: ['red', 'blue'] },
      partner: { first_name: 'Dina' },
    })
  })

  test('into another spelling: nothing is written', () => {
    const here = record({ ...DANA.fields, phone: '050-123-4567' })
    expect(writes({ directions, highlevel: here, partner: DANA_THERE, base: SAME })).toEqual({
      highlevel: {},
      partner: {},
    })
  })

  test('both alike: nothing is written, and that is what they agree on', () => {
    const input = {
      directions,
      highlevel: record({ ...DANA.fields, firstName: 'Dina' }),
      partner: record({ ...DANA_THERE.fields, first_name: 'Dina' }),
      base: SAME,
    }
    expect(writes(input)).toEqual({ highlevel: {}, partner: {} })
    expect(plan(input).base).toMatchObject({ highlevel: { firstName: 'Dina' }, partner: { first_name: 'Dina' } })
  })

  test('what was planned, once written, plans nothing more from either side', () => {
    const here = record({ ...DANA.fields, firstName: 'Dina', interests: [] })
    const first = plan({ directions, highlevel: here, partner: DANA_THERE, base: SAME })
    const there = record({ ...DANA_THERE.fields, ...first.writes.partner.fields })
    expect(writes({ directions, highlevel: here, partner: there, base: first.base })).toEqual({
      highlevel: {},
      partner: {},
    })
  })

  test('a read-only field is never written', () => {
    const odd = { partner: direction([row('state', 'firstName')]) }
    expect(writes({ directions: odd, highlevel: DANA }).partner).toEqual({})
  })
})

describe('both changed one field', () => {
  const here = (at: number | null = null) => record({ ...DANA.fields, firstName: 'Dina' }, { changedAt: at })
  const there = (at: number | null = null) => record({ ...DANA_THERE.fields, first_name: 'Dora' }, { changedAt: at })
  const TO_PARTNER = { highlevel: {}, partner: { first_name: 'Dina' } }
  const TO_PLATFORM = { highlevel: { firstName: 'Dora' }, partner: {} }

  test.for<[string, ConflictPolicy, number | null, number | null, object]>([
    ['the platform is right', 'highlevel', 1000, 900_000, TO_PARTNER],
    ['the partner is right', 'partner', 900_000, 1000, TO_PLATFORM],
    ['the platform was later', 'last_writer', 900_000, 1000, TO_PARTNER],
    ['the partner was later', 'last_writer', 1000, 900_000, TO_PLATFORM],
    ['the partner was later by less than clocks differ', 'last_writer', 1000, 5000, TO_PARTNER],
    ['nobody knows when', 'last_writer', null, 5000, TO_PARTNER],
    ['it is no list', 'merge', 1000, 900_000, TO_PLATFORM],
  ])('%s', ([, policy, hereAt, thereAt, expected]) => {
    const input = { directions: pairOf(policy), highlevel: here(hereAt), partner: there(thereAt), base: SAME }
    expect(writes(input)).toEqual(expected)
  })

  test('lists are merged: what either added or took away', () => {
    const lists = base({ interests: ['red', 'green'] }, { topics: ['red', 'green'] })
    expect(
      writes({
        directions: pairOf('merge'),
        highlevel: record({ interests: ['red', 'green', 'blue'] }),
        partner: record({ topics: ['green', 'white'] }),
        base: lists,
      }),
    ).toEqual({ highlevel: { interests: ['green', 'blue', 'white'] }, partner: { topics: ['green', 'white', 'blue'] } })
  })

  test('the owner is asked: only this field waits, until it is decided', () => {
    const input = {
      directions: pairOf('ask'),
      highlevel: record({ ...here().fields, interests: ['red', 'blue'] }),
      partner: there(),
      base: SAME,
    }
    const asked = plan(input)
    expect(asked.disputes).toEqual([
      { partnerField: 'first_name', highLevelField: 'firstName', partnerValue: 'Dora', highLevelValue: 'Dina' },
    ])
    expect(asked.writes.partner.fields).toEqual({ topics: ['red', 'blue'] })
    expect(asked.base).toMatchObject({ highlevel: { firstName: 'Dana' }, partner: { first_name: 'Dana' } })
    const written = record({ ...there().fields, topics: ['red', 'blue'] })
    const decided = { ...input, partner: written, base: { ...asked.base, decided: { first_name: 'partner' as const } } }
    expect(writes(decided)).toEqual({ highlevel: { firstName: 'Dora' }, partner: {} })
    expect(plan(decided).base.decided).toBeUndefined()
  })

  test('where nothing comes back, the platform’s later change is sent, and the partner’s is left alone when it is right', () => {
    const one = { partner: direction([row('first_name', 'firstName', { policy: 'partner' })]) }
    expect(writes({ directions: one, highlevel: here(), partner: there(), base: SAME })).toEqual({
      highlevel: {},
      partner: {},
    })
  })
})

describe('emptied', () => {
  const erasing = (more: Partial<MappingRow>) => ({
    highlevel: direction([row('firstName', 'first_name', more)]),
    partner: direction([row('first_name', 'firstName', more)]),
  })

  test('an empty value erases nothing unless the owner says so', () => {
    const there = record({ ...DANA_THERE.fields, first_name: null })
    expect(writes({ directions: erasing({}), highlevel: DANA, partner: there, base: SAME }).highlevel).toEqual({})
    const said = erasing({ whenBlank: 'erase' })
    expect(writes({ directions: said, highlevel: DANA, partner: there, base: SAME }).highlevel).toEqual({
      firstName: null,
    })
  })

  test('where a side cannot be emptied it is said, and stays', () => {
    const here = record({ ...DANA.fields, firstName: null })
    const made = plan({ directions: erasing({ whenBlank: 'erase' }), highlevel: here, partner: DANA_THERE, base: SAME })
    expect(made.writes.partner.fields).toEqual({})
    expect(made.problems).toEqual([{ kind: 'not_emptied', target: 'first_name', source: 'first_name' }])
  })
})

describe('for the first time', () => {
  test('a new record gets everything that is filled in', () => {
    const here = record({ firstName: 'Dana', phone: null, interests: ['red'] })
    expect(writes({ directions: pairOf('last_writer'), highlevel: here })).toEqual({
      highlevel: {},
      partner: { first_name: 'Dana', topics: ['red'] },
    })
  })

  test('one that was there already keeps what only it has, and gives it', () => {
    const here = record({ firstName: 'Dana', phone: null, interests: null })
    const there = record({ first_name: 'Diana', sms: '0501234567', topics: null })
    expect(writes({ directions: pairOf('last_writer'), highlevel: here, partner: there })).toEqual({
      highlevel: { phone: expect.stringContaining('50') },
      partner: { first_name: 'Dana' },
    })
  })

  test('a constant is set once, and a later change of it over there stays', () => {
    const constant = {
      partner: direction([
        row('state', 'x'),
        { ...row('first_name', 'x'), source: { kind: 'constant', value: 'VIP' } },
      ]),
    }
    const made = plan({ directions: constant, highlevel: record({}) })
    expect(made.writes.partner.fields).toEqual({ first_name: 'VIP' })
    const there = record({ first_name: 'Dana' })
    expect(writes({ directions: constant, highlevel: record({}), partner: there, base: made.base })).toEqual({
      highlevel: {},
      partner: {},
    })
  })
})

describe('labels', () => {
  const labelled = (out: LabelPolicy, back: LabelPolicy = { kind: 'none' }): PlanInput['directions'] => ({
    partner: direction([], { labels: out }),
    highlevel: direction([], { labels: back }),
  })
  const ALL: LabelPolicy = { kind: 'all' }
  const labels = (
    directions: PlanInput['directions'],
    here: string[],
    there: string[] | undefined,
    agreed: string[],
  ) => {
    const made = plan({
      directions,
      highlevel: record({}, { labels: here }),
      partner: record({}, there && { labels: there }),
      base: base({}, {}, { labels: agreed }),
    })
    return [made.writes.partner.labels, made.writes.highlevel.labels, made.base.labels]
  }
  const none = { add: [], remove: [] }

  test.for<[string, PlanInput['directions'], string[], string[] | undefined, string[], object[]]>([
    ['a new tag goes out', labelled(ALL), ['VIP'], undefined, [], [{ add: ['VIP'], remove: [] }, none, ['vip']]],
    ['a tag taken away leaves', labelled(ALL), [], undefined, ['vip'], [{ add: [], remove: ['vip'] }, none, []]],
    ['what was given there stays', labelled(ALL), [], ['local'], [], [none, none, []]],
    [
      'both ways',
      labelled(ALL, ALL),
      ['a', 'x'],
      ['b', 'x'],
      ['x'],
      [{ add: ['a'], remove: [] }, { add: ['b'], remove: [] }, ['a', 'b', 'x']],
    ],
    ['gone there, gone here', labelled(ALL, ALL), ['x'], [], ['x'], [none, { add: [], remove: ['x'] }, []]],
    ['gone on both', labelled(ALL, ALL), [], [], ['x'], [none, none, []]],
    [
      'only those with the prefix',
      labelled({ kind: 'prefixed', prefixes: ['AT '] }),
      ['at news', 'other'],
      undefined,
      [],
      [{ add: ['at news'], remove: [] }, none, ['at news']],
    ],
    [
      'what a flow no longer carries is left alone',
      labelled({ kind: 'prefixed', prefixes: ['AT '] }),
      [],
      undefined,
      ['vip'],
      [none, none, ['vip']],
    ],
  ])('%s', ([, directions, here, there, agreed, expected]) => {
    expect(labels(directions, here, there, agreed)).toEqual(expected)
  })
})

describe('consent', () => {
  const directions = pairOf('last_writer', { consent: true })
  const consent = (here: Consent | undefined, there: Consent | undefined) => {
    const made = plan({
      directions,
      highlevel: record({}, here && { consent: here }),
      partner: record({}, there && { consent: there }),
    })
    return [made.writes.highlevel.consent, made.writes.partner.consent]
  }
  const OPEN: Consent = { all: false, email: false, sms: false }

  test('only ever becomes stricter, on both sides', () => {
    expect(consent({ ...OPEN, email: true }, { ...OPEN, sms: true })).toEqual([{ sms: true }, { email: true }])
    expect(consent(OPEN, OPEN)).toEqual([{}, {}])
    expect(consent({ ...OPEN, all: true }, { ...OPEN, all: true })).toEqual([{}, {}])
  })

  test('what is not known restricts nobody', () => {
    expect(consent(undefined, { ...OPEN, sms: true })).toEqual([{}, {}])
  })
})
