import { expect, test } from 'vitest'
import { mapRecord } from '../../src/flows/map-record.ts'

test('each target is set from its source', () => {
  const rows = [
    { target: 'first_name', source: 'firstName' },
    { target: 'ext1', source: 'firstName' },
    { target: 'city', source: 'city' },
  ]
  expect(mapRecord(rows, { firstName: ' דנה ', city: 'Haifa', state: 'IL' })).toEqual({
    first_name: 'דנה',
    ext1: 'דנה',
    city: 'Haifa',
  })
})

test('what is empty or missing sets nothing', () => {
  const rows = [{ target: 'city', source: 'city' }]
  for (const fields of [{}, { city: '' }, { city: ' \n\t ' }]) expect(mapRecord(rows, fields)).toEqual({})
})

test('of two rows for one target the later one that has a value wins', () => {
  const rows = [
    { target: 'sms', source: 'phone' },
    { target: 'sms', source: 'mobile' },
  ]
  expect(mapRecord(rows, { phone: '1', mobile: '2' })).toEqual({ sms: '2' })
  expect(mapRecord(rows, { phone: '1', mobile: '' })).toEqual({ sms: '1' })
})

test('names that every object has are fields like any other', () => {
  expect(mapRecord([{ target: 'x', source: 'constructor' }], {})).toEqual({})
  expect(mapRecord([{ target: 'x', source: '__proto__' }], {})).toEqual({})
})
