/** A random number from 0 to 1, the same sequence for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** When things arrive, in milliseconds from the start: independent of each other, as many a second as asked. */
export function arrivals(random: () => number, { rate, seconds }: { rate: number; seconds: number }): number[] {
  const times: number[] = []
  for (let index = 0, at = 0; index < rate * seconds; index++) {
    at += (-Math.log(1 - random()) * 1000) / rate
    times.push(at)
  }
  return times
}
