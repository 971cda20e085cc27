import { describe, expect, test } from 'vitest'
import { readContact } from '../../src/highlevel/contacts.ts'

const read = (contact: object) => readContact({ contact: { id: 'abc', ...contact } })

describe('fields', () => {
  test('absent, null and empty all mean that there is no value', () => {
    const nothing = { id: 'abc', fields: {}, tags: [], doNotDisturb: { all: false, email: false, sms: false } }
    expect(read({})).toEqual(nothing)
    expect(read({ firstName: null, email: '', city: '  ', tags: null, dnd: null, dndSettings: null })).toEqual(nothing)
  })

  test('a value is taken as it is written, without the spaces around it', () => {
    const contact = { firstName: ' דנה ', email: 'Dana@Example.com', postalCode: 3463610, customFields: [{ id: 'x' }] }
    expect(read(contact).fields).toEqual({ firstName: 'דנה', email: 'Dana@Example.com', postalCode: '3463610' })
  })

  test.for([
    ['1990-09-25', '1990-09-25'],
    ['1990-09-25T00:00:00.000Z', '1990-09-25'],
    ['1990/09/25', '1990-09-25'],
    ['1990_09_25', '1990-09-25'],
    ['09/25/1990', '1990-09-25'],
    ['09.25.1990', '1990-09-25'],
    ['25 September', '25 September'],
  ])('the birthday %s is the day %s', ([dateOfBirth, day]) => {
    expect(read({ dateOfBirth }).fields).toEqual({ dateOfBirth: day })
  })

  test('an answer that is no contact is not taken for one', () => {
    for (const answer of [null, {}, { contact: {} }, { contact: { id: '' } }, 'text'])
      expect(() => readContact(answer)).toThrow('An answer of the platform')
  })
})

describe('tags', () => {
  test('each counts once, whatever its case, and odd ones do not count', () => {
    expect(read({ tags: ['vip', ' VIP ', 'חדש', '', null, 7] }).tags).toEqual(['VIP', 'חדש'])
  })
})

describe('do not disturb', () => {
  const dnd = (dndSettings: object) => read({ dndSettings }).doNotDisturb

  test.for(['active', 'permanent', 'Active', 'something new'])('%s restricts', (status) => {
    expect(dnd({ Email: { status } })).toEqual({ all: false, email: true, sms: false })
    expect(dnd({ SMS: { status, message: 'asked' } })).toEqual({ all: false, email: false, sms: true })
  })

  test.for(['inactive', 'Inactive', '', null])('%s does not', (status) => {
    expect(dnd({ Email: { status }, SMS: { status } })).toEqual({ all: false, email: false, sms: false })
  })

  test('v3 writes the channels in small letters', () => {
    expect(dnd({ email: { status: 'active' }, sms: { status: 'permanent' } })).toMatchObject({ email: true, sms: true })
  })

  test('other channels and the global switch stand for themselves', () => {
    expect(dnd({ Call: { status: 'active' }, WhatsApp: { status: 'active' }, Email: null })).toEqual({
      all: false,
      email: false,
      sms: false,
    })
    expect(read({ dnd: true }).doNotDisturb).toEqual({ all: true, email: false, sms: false })
  })

  test('what cannot be read is not taken for consent', () => {
    for (const contact of [{ dnd: 'yes' }, { dndSettings: 'all' }, { dndSettings: { Email: 'active' } }])
      expect(() => read(contact)).toThrow('An answer of the platform')
  })
})
