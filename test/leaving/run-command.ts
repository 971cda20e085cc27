import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Line } from '../support/line.ts'

export type Ran = { code: number | null; out: string; err: string }

/** Runs an operator's command in a process of its own. */
export async function runCommand(line: Line, ...args: string[]): Promise<Ran> {
  const environment = { PATH: process.env.PATH, LOG_LEVEL: 'silent', ...line.environment }
  const child = spawn(process.execPath, ['src/cli.ts', ...args], { env: environment })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, out, err }
}
