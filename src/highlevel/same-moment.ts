/** Whether two times in ISO 8601 are the same, to the second: not every answer keeps what is finer. */
export const isSameMoment = (one: string | null | undefined, other: string | null | undefined): boolean =>
  secondOf(one) === secondOf(other)

/** NaN, which equals nothing, for what is no time. */
const secondOf = (time: string | null | undefined): number => Math.floor(Date.parse(time ?? '') / 1000)
