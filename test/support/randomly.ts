import { onTestFailed } from 'vitest'
import { createRandom, type Random } from './random.ts'

/** Many random inputs from one seed, which is told when a test fails. */

let random: Random = createRandom(0)

export function randomly(times: number, check: () => void): void {
  const seed = Math.floor(Math.random() * 2 ** 31)
  random = createRandom(seed)
  onTestFailed(() => console.error(`The random inputs came from the seed ${seed}.`))
  for (let time = 0; time < times; time += 1) check()
}

export const chance = (share: number): boolean => random.next() < share

export const pick = <Item>(items: readonly Item[]): Item => random.pick(items)

/** Some of the items, in their order. */
export const some = <Item>(items: readonly Item[]): Item[] => items.filter(() => chance(0.5))

export const upTo = (most: number): number => random.between(0, most)

export const below = (limit: number): number => random.between(0, limit - 1)
