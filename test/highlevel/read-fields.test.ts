import { expect, test } from 'vitest'
import { EVENT_KINDS } from '../../src/highlevel/events/event-kinds.ts'
import { readFields } from '../../src/highlevel/events/read-fields.ts'

const schemaOf = (type: string) => {
  const kind = EVENT_KINDS.find((one) => one.type === type)
  if (!kind) throw new Error(`There is no ${type}.`)
  return kind.fields
}

test('what is right stays, what is wrong is named', () => {
  const payload = { id: 'c1', email: 'a@example.com', dnd: 'yes', tags: ['a', 3], customFields: {}, anything: 'else' }
  const { fields, leftOut } = readFields(schemaOf('ContactUpdate'), payload)
  expect(fields).toEqual({ id: 'c1', email: 'a@example.com' })
  expect(leftOut.sort()).toEqual(['customFields', 'dnd', 'tags'])
})

test('a list with one wrong item counts as missing, not as one that lacks it', () => {
  expect(readFields(schemaOf('ContactTagUpdate'), { tags: ['a', null, 'b'] })).toEqual({
    fields: {},
    leftOut: ['tags'],
  })
})

test('in what is nested, the rest of it stays', () => {
  const read = readFields(schemaOf('AppointmentCreate'), { appointment: { id: 'a1', users: [{}], title: 'Talk' } })
  expect(read).toEqual({ fields: { appointment: { id: 'a1', title: 'Talk' } }, leftOut: ['appointment.users'] })
})

test('numbers and text that is a number are both taken', () => {
  expect(readFields(schemaOf('OpportunityUpdate'), { monetaryValue: '40.5' }).fields).toEqual({ monetaryValue: 40.5 })
  expect(readFields(schemaOf('ContactUpdate'), { postalCode: 35061 }).fields).toEqual({ postalCode: '35061' })
})

const GARBAGE = [
  null,
  undefined,
  0,
  -1.5,
  Number.NaN,
  '',
  'x'.repeat(5000),
  true,
  [],
  [[]],
  {},
  { a: { b: {} } },
  ['a', 1],
]

test.each(EVENT_KINDS.map((kind) => [kind.type, kind.fields] as const))(
  '%s is read whatever its fields are',
  (_type, schema) => {
    for (const value of GARBAGE) {
      const names = ['__proto__', 'constructor', ...Object.keys(schema.shape)]
      const payload = Object.fromEntries(names.map((name) => [name, value]))
      const { fields, leftOut } = readFields(schema, payload)
      expect(leftOut.filter((name) => Object.hasOwn(fields as object, name))).toEqual([])
    }
  },
)
