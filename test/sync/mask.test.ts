import { describe, expect, test } from 'vitest'
import { maskRecord } from '../../src/sync/mask.ts'
import { chance, pick, randomly } from '../support/randomly.ts'

const shown = (value: unknown): string => JSON.stringify(maskRecord({ value }).value)

describe('what the history shows of a value', () => {
  test.for([
    ['dana.levi@example.com', '"d•••@•••"'],
    ['d@x.co', '"•••@•••"'],
    ['+972501234567', '"•••67"'],
    ['050-123-4567', '"•••67"'],
    ['Dana Levi', '"D•••"'],
    ['דנה לוי', '"ד•••"'],
    ['Bo', '"•••"'],
    ['1990-02-03', '"•••"'],
    ['1990-02-03T00:00:00', '"•••"'],
    ['1234', '"•••"'],
    [4711, '"•••"'],
    [12.5, '"•••"'],
    ['', '"•••"'],
    ['👩‍👩‍👧 family', '"•••"'],
    [['a@example.com', 'Hannah'], '["•••@•••","H•••"]'],
    [{ city: 'Haifa', deep: [{ phone: '0501234567' }] }, '{"city":"H•••","deep":[{"phone":"•••67"}]}'],
    [true, 'true'],
    [null, 'null'],
  ])('%j is shown as %s', ([value, masked]) => expect(shown(value)).toBe(masked))

  test('states, flags and numeric ids stay readable', () => {
    const open = { status: 'Unsubscribed', sms_status: 'None', is_do_not_mail: true, contact_id: '1004', group_id: 17 }
    expect(maskRecord(open)).toEqual(open)
  })

  test('a personal value under the name of a state or an id is hidden all the same', () => {
    const sent = { status: 'dana@example.com', status_note: 'Called Dana', external_id: 'dana@example.com' }
    expect(JSON.stringify(maskRecord({ ...sent, status_of: { name: 'Dana Levi' } }))).not.toMatch(/ana|Called/)
  })

  test('a property that is named after somebody is hidden, too', () => {
    expect(JSON.stringify(maskRecord({ 'dana@example.com': true, 'Dana Levi': true }))).not.toMatch(/dana/i)
  })
})

test('whatever the shape, no personal value can be read from it', () => {
  const secrets = ['dana.levi@example.com', 'Levinson', 'כהן-לוי', '+972501234567', '1990-02-03', 'Herzl 15', '48151']
  const names = ['email', 'status', 'contact_id', 'ids', 'is_vip', 'num1', 'date2', 'sms_status', 'note']
  const shape = (depth: number): unknown => {
    const value = pick(secrets)
    if (depth === 0) return chance(0.2) && value === '48151' ? 4815162342 : value
    if (chance(0.4)) return [shape(depth - 1), shape(depth - 1)]
    return chance(0.5) ? { [pick(names)]: shape(depth - 1), [pick(names)]: shape(depth - 1) } : value
  }
  randomly(2000, () => {
    const masked = JSON.stringify(maskRecord({ [pick(names)]: shape(3) }))
    const readable = secrets.filter((secret) => secret !== '48151' && masked.includes(secret))
    expect(readable).toEqual([])
    expect(masked).not.toMatch(/example|evins|הן|1990|Herzl/)
  })
})
