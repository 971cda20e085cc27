import { onTestFailed } from 'vitest'

/** Many random inputs from one seed, which is told when a test fails. */

let state = 0

export function randomly(times: number, check: () => void): void {
  const seed = Math.floor(Math.random() * 2 ** 31)
  state = seed
  onTestFailed(() => console.error(`The random inputs came from the seed ${seed}.`))
  for (let time = 0; time < times; time += 1) check()
}

/** From 0 up to, not including, 1. */
function next(): number {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
}

export const chance = (share: number): boolean => next() < share

export const below = (limit: number): number => Math.floor(next() * limit)

export function pick<Item>(items: readonly Item[]): Item {
  const item = items[below(items.length)]
  if (item === undefined) throw new Error('There is nothing to pick from.')
  return item
}

/** Some of the items, in their order. */
export const some = <Item>(items: readonly Item[]): Item[] => items.filter(() => chance(0.5))
