import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Line } from '../support/line.ts'
import type { Answer, Ask } from './token-process.ts'

const SCRIPT = fileURLToPath(new URL('./token-process.ts', import.meta.url))

export type TokenProcess = {
  ask(ask: Ask): Promise<Answer[]>
  signal(signal: NodeJS.Signals): void
  /** Resolves when it is gone. */
  kill(): Promise<void>
}

/** Another process of the product, beside the one that the test runs in. */
export async function startTokenProcess(line: Line, leaseMs: number): Promise<TokenProcess> {
  const child = fork(SCRIPT, [String(leaseMs)], { env: { ...process.env, ...line.environment }, execArgv: [] })
  const exited = once(child, 'exit')
  await once(child, 'message')
  return {
    ask: (ask) => askOf(child, ask),
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function askOf(child: ChildProcess, ask: Ask): Promise<Answer[]> {
  const answered = once(child, 'message')
  child.send(ask)
  return (await answered)[0]
}
