/** What `node src/cli.ts NAME` does. */
export type Command = {
  /** What stands behind the name, as the usage shows it: `DUMP KEYFILE`. What may be left out stands in brackets. */
  parameters?: string
  summary: string
  /** Says what it did on stdout. Sets `process.exitCode` to 1 when it found something wrong. */
  run(args: string[]): Promise<void>
}
