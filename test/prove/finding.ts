import type { Measure } from '../support/report.ts'

/** A measure of a proof: there is no floor to hold it against, only a goal. */
export type Finding = Omit<Measure, 'floor' | 'ratio' | 'seed'>

export const none = (id: string, name: string, value: number): Finding => exactly(id, name, value, 0)

export const exactly = (id: string, name: string, value: number, goal: number): Finding => ({
  id,
  name,
  value,
  unit: '',
  goal: String(goal),
  met: value === goal,
})

export const shown = (id: string, name: string, value: number, unit = ''): Finding => ({
  id,
  name,
  value,
  unit,
  goal: 'shown',
  met: true,
})

export const atMost = (id: string, name: string, value: number, most: number, unit = 's'): Finding => ({
  id,
  name,
  value,
  unit,
  goal: `≤ ${readable(most)}`,
  met: value <= most,
})

export const atLeast = (id: string, name: string, value: number, least: number, unit = '/s'): Finding => ({
  id,
  name,
  value,
  unit,
  goal: `≥ ${readable(least)}`,
  met: value >= least,
})

export const longest = (values: Iterable<number>): number => Math.max(0, ...values)

export const inSeconds = (milliseconds: number): number => milliseconds / 1000

const readable = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 })

/** For the suite: how fast a busy machine is says nothing. */
export const isAboutTime = ({ unit }: Pick<Finding, 'unit'>): boolean => ['s', 'ms', '/s'].includes(unit)
