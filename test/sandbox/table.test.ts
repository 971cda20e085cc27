import { expect, test } from 'vitest'
import { createTable } from '../../src/sandbox/support/table.ts'

type Person = { id: string; city: string | undefined; name: string }

const person = (id: string, city: string | undefined, name = id): Person => ({ id, city, name })
const idsOf = (people: Person[]): string[] => people.map(({ id }) => id)
const open = (people: Person[]) => createTable(people, ({ id }) => id, { city: ({ city }) => city })

test('rows are found by id and by field, in the order they came', () => {
  const table = open([person('c', 'Haifa'), person('a', 'Safed'), person('b', 'Haifa'), person('d', undefined)])
  expect(table.get('a')).toEqual(person('a', 'Safed'))
  expect(table.get('z')).toBeUndefined()
  expect(idsOf(table.list('city', 'Haifa'))).toEqual(['c', 'b'])
  expect(table.list('city', 'Eilat')).toEqual([])
  expect(table.size()).toBe(4)
})

test('a row that is replaced keeps its place, and is found by what it says now', () => {
  const table = open([person('a', 'Haifa'), person('b', 'Haifa')])
  table.put(person('a', 'Haifa', 'renamed'))
  expect(table.list('city', 'Haifa').map(({ name }) => name)).toEqual(['renamed', 'b'])
  table.put(person('b', 'Safed'))
  expect(idsOf(table.list('city', 'Haifa'))).toEqual(['a'])
  expect(idsOf(table.list('city', 'Safed'))).toEqual(['b'])
  table.put(person('b', undefined))
  expect(table.list('city', 'Safed')).toEqual([])
  expect(idsOf(table.all())).toEqual(['a', 'b'])
})

test('a removed row is found nowhere', () => {
  const table = open([person('a', 'Haifa'), person('b', 'Haifa')])
  table.remove(person('a', 'Haifa'))
  expect(table.get('a')).toBeUndefined()
  expect(idsOf(table.list('city', 'Haifa'))).toEqual(['b'])
  expect(JSON.parse(JSON.stringify(table))).toEqual([person('b', 'Haifa')])
})

test('finding looks at no row but those it finds', () => {
  let looks = 0
  const rows = Array.from({ length: 1000 }, (_, index) => person(`p${index}`, `city${index}`))
  const table = createTable(rows, ({ id }) => id, {
    city: ({ city }) => {
      looks += 1
      return city
    },
  })
  looks = 0
  expect(table.get('p900')?.city).toBe('city900')
  expect(idsOf(table.list('city', 'city7'))).toEqual(['p7'])
  expect(looks).toBe(0)
})
