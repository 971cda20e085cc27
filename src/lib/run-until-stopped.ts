/** Platforms end a process about half a minute after asking it to stop. */
const LONGEST_MS = 28_000

/**
 * Runs `stop` once on the first SIGTERM or SIGINT and then ends the process; a second signal ends it at once, and so does
 * a stop that takes too long.
 */
export function runUntilStopped(stop: () => Promise<void>): void {
  let stopping = false
  const end = (): void => {
    if (stopping) process.exit(1)
    stopping = true
    setTimeout(() => process.exit(1), LONGEST_MS).unref()
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}
