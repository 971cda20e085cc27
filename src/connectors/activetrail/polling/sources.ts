import type { FieldValue, FieldValues } from '../../../lib/field.ts'
import { Trouble } from '../../../lib/trouble.ts'
import type { Source } from './place.ts'

const DAY_MS = 24 * 60 * 60 * 1000

export const source = (path: string, more: Partial<Omit<Source, 'path'>> = {}): Source => ({
  key: '',
  path,
  query: {},
  about: {},
  began: null,
  isChosen: true,
  ...more,
})

/** A month back, or two days before the last sweep if that is longer ago: a zone and a late row have room in it. */
export const recently = ({ now, since }: { now: number; since: number }): string =>
  new Date(Math.min(now - 30 * DAY_MS, since - 2 * DAY_MS)).toISOString().slice(0, 10)

/** An id that the owner gave as text or number; undefined where it was left blank. */
export function chosenId(options: FieldValues, key: string): string | undefined {
  const value: FieldValue | undefined = options[key]
  if (value === undefined || value === null || value === '') return undefined
  if (/^\d{1,10}$/.test(String(value).trim())) return String(value).trim()
  throw new Trouble('rejected', {
    detail: 'This flow names something in ActiveTrail by what is no id: choose it anew.',
  })
}

export function requiredId(options: FieldValues, key: string): string {
  const id = chosenId(options, key)
  if (id) return id
  throw new Trouble('rejected', {
    detail: 'This flow does not say which group of ActiveTrail’s it watches: choose one.',
  })
}
