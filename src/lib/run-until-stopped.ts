/** Runs `stop` once on the first SIGTERM or SIGINT and then ends the process; a second signal ends it at once. */
export function runUntilStopped(stop: () => Promise<void>): void {
  let stopping = false
  const end = (): void => {
    if (stopping) process.exit(1)
    stopping = true
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
}
