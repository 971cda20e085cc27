/** Milliseconds on the machine's monotonic clock, which all processes on it share. */
export const monotonic = (): number => Number(process.hrtime.bigint()) / 1e6
