import { describe, expect, test } from 'vitest'
import { activeTrail } from '../../src/connectors/activetrail/index.ts'
import { getAction } from '../../src/connectors/get-action.ts'
import type { Contact } from '../../src/highlevel/contacts.ts'
import { labelKey } from '../../src/sync/label-key.ts'
import { leftOutNote } from '../../src/sync/left-out-note.ts'
import { type Base, isInStep, planContact } from '../../src/sync/plan-contact.ts'
import { chance, pick, randomly, some, upTo } from '../support/randomly.ts'

const template = activeTrail.templates[0] ?? expect.unreachable()
const { rows, consent } = template
const input = getAction(activeTrail, template.upsert).input

const CONTACT: Contact = {
  id: 'c1',
  fields: { email: 'dana@example.com', firstName: 'דנה' },
  tags: [],
  doNotDisturb: { all: false, email: false, sms: false },
}

const plan = (contact: Partial<Contact>, base?: Base) =>
  planContact({ contact: { ...CONTACT, ...contact }, rows, consent, input, labelled: true, base })

const agreed = (contact: Contact, before?: Base): Base => {
  const { record, labels } = plan(contact, before)
  const kept = (before?.labels ?? []).filter((label) => !labels.remove.includes(label))
  return { record, labels: [...kept, ...labels.add.map(labelKey)] }
}

const VALUES: Record<string, string[]> = {
  email: ['dana@example.com', 'Dana@Example.com', 'not an address', ''],
  phone: ['+972501234567', '050-123-4567', 'call me', ''],
  firstName: ['דנה', 'Dana', ' ', 'x'.repeat(5000)],
  lastName: ['Levi', "O'Neil", ''],
  address1: ['הרצל 15', ''],
  city: ['Haifa', ''],
  postalCode: ['3463610', ''],
  dateOfBirth: ['1990-02-03', '1990-02-30', 'March', ''],
  country: ['IL', ''],
}
const TAGS = ['vip', 'VIP', 'חדש', 'lead', 'Lead 2']

const randomContact = (): Contact => ({
  id: 'c1',
  fields: Object.fromEntries(some(Object.keys(VALUES)).map((name) => [name, pick(VALUES[name] ?? [''])])),
  tags: [...new Map(some(TAGS).map((tag) => [labelKey(tag), tag])).values()],
  doNotDisturb: { all: chance(0.3), email: chance(0.3), sms: chance(0.3) },
})

const randomBase = (): Base | undefined => (chance(0.2) ? undefined : agreed(randomContact()))

describe('for any contact, whatever both sides agreed on before', () => {
  test('an empty value is never sent', () => {
    randomly(500, () => {
      const { record } = plan(randomContact(), randomBase())
      for (const value of Object.values(record)) expect([null, undefined, '', ' ']).not.toContain(value)
    })
  })

  test('once it is done, nothing is left to do', () => {
    randomly(500, () => {
      const contact = randomContact()
      const base = agreed(contact, randomBase())
      expect(isInStep(plan(contact, base))).toBe(true)
    })
  })

  test('what is sent is what the partner takes, or it is said what stands in the way', () => {
    randomly(500, () => {
      const { record, obstacle } = plan(randomContact(), randomBase())
      expect(input.safeParse(record).success).toBe(obstacle === null)
      if (obstacle) expect(record.email ?? record.sms).toBeUndefined()
    })
  })

  test('tags travel as differences, and a label that no tag gave is not touched', () => {
    randomly(500, () => {
      const [before, after] = [randomContact(), randomContact()]
      const { labels } = plan(after, agreed(before))
      const [had, has] = [before.tags.map(labelKey), after.tags.map(labelKey)]
      expect(labels.add.map(labelKey).sort()).toEqual(has.filter((key) => !had.includes(key)).sort())
      expect(labels.remove.toSorted()).toEqual(had.filter((key) => !has.includes(key)).sort())
    })
  })

  test('consent only ever becomes stricter', () => {
    const loosening = ['Subscribed', 'None', 'Pending', false, 0]
    randomly(500, () => {
      const contact = randomContact()
      const { record } = plan(contact, randomBase())
      const { all, email, sms } = contact.doNotDisturb
      expect(record.is_do_not_mail).toBe(all ? true : undefined)
      expect(record.status).toBe(email ? 'Unsubscribed' : undefined)
      expect(record.sms_status).toBe(sms ? 'Unsubscribed' : undefined)
      for (const name of ['status', 'sms_status', 'is_do_not_mail', 'is_deleted'])
        expect(loosening).not.toContain(record[name])
    })
  })

  test('the same contact in another order of things is the same', () => {
    randomly(200, () => {
      const contact = randomContact()
      const turned = {
        ...contact,
        fields: Object.fromEntries(Object.entries(contact.fields).reverse()),
        tags: contact.tags.toReversed(),
      }
      const base = agreed(contact)
      const stored = { record: JSON.parse(JSON.stringify(base.record)), labels: base.labels.toReversed() }
      expect(isInStep(plan(turned, stored))).toBe(true)
    })
  })

  test('any number of edits, one after another, ends where the last one alone would', () => {
    randomly(100, () => {
      const edits = Array.from({ length: 1 + upTo(5) }, randomContact)
      const base = edits.reduce<Base | undefined>((before, edit) => agreed(edit, before), undefined)
      const alone = agreed(edits.at(-1) ?? CONTACT)
      expect(base?.record).toEqual(alone.record)
      expect(new Set(base?.labels)).toEqual(new Set(alone.labels))
    })
  })
})

test('a value that cannot be right is left out and named as HighLevel names it; the rest goes', () => {
  const fields = { email: 'dana@example.com', phone: 'call me', dateOfBirth: '1990-02-30', city: 'Lod', firstName: 'D' }
  const made = plan({ fields })
  expect(made).toMatchObject({ record: { email: 'dana@example.com', city: 'Lod', first_name: 'D' }, obstacle: null })
  expect(Object.keys(made.record)).toHaveLength(3)
  expect(leftOutNote(made)).toBe(
    'Left out, because it cannot be right: phone, date of birth. Correct it in your account.',
  )
})

test('without an e-mail address and a number there is a sentence instead of a record', () => {
  expect(plan({ fields: { firstName: 'Dana' } }).obstacle).toMatch(/e-mail address or an SMS number/)
  expect(plan({ fields: { email: 'nonsense', firstName: 'Dana' } })).toMatchObject({
    leftOut: ['email'],
    obstacle: expect.stringContaining('ActiveTrail needs'),
  })
})

test('a tag that changes its capitals is the same label', () => {
  const base = agreed({ ...CONTACT, tags: ['VIP'] })
  expect(isInStep(plan({ tags: ['vip'] }, base))).toBe(true)
})

test('a mapping to a field that the partner does not have leaves that field out', () => {
  const made = planContact({
    contact: CONTACT,
    rows: [...rows, { target: 'shoe_size', source: 'firstName' }],
    consent,
    input,
    labelled: true,
    base: undefined,
  })
  expect(made).toMatchObject({ obstacle: null, leftOut: ['firstName'] })
})

test('where a partner has no labels, tags do not travel', () => {
  const contact = { ...CONTACT, tags: ['vip'] }
  const { labels } = planContact({ contact, rows, consent, input, labelled: false, base: undefined })
  expect(labels).toEqual({ add: [], remove: [] })
})
