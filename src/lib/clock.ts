/** Milliseconds since the epoch. Passed in wherever time decides something. */
export type Clock = () => number
