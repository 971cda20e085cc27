import { type ChildProcess, type ForkOptions, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a process beside this one can be asked to do. */
export type Actions = Record<string, (input: never) => unknown>

type InputOf<Action extends (input: never) => unknown> = Parameters<Action> extends [infer Input] ? Input : null

export type Helper<A extends Actions> = {
  ask<Name extends keyof A>(name: Name, input: InputOf<A[Name]>): Promise<Awaited<ReturnType<A[Name]>>>
  signal(signal: NodeJS.Signals): void
  /** What it said last, for when something went wrong. */
  lastLines(): string[]
  stop(signal?: NodeJS.Signals): Promise<void>
}

type Question = { id: number; name: string; input: unknown }
type Answer = { id: number; result?: unknown; error?: string }

const LINES_KEPT = 60
const PATIENCE_MS = 12_000

export type HelperOptions = Pick<ForkOptions, 'env' | 'execArgv'> & { args?: string[] }

/** Starts a file as a process of its own, which ends when this one does. */
export function startHelper<A extends Actions>(file: string, options: HelperOptions = {}): Helper<A> {
  const { args = [], ...forkOptions } = options
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { ...forkOptions, silent: true })
  const lines = keepLines(child)
  const waiting = new Map<number, (answer: Answer) => void>()
  let asked = 0
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer))
  child.on('exit', () => {
    for (const answer of waiting.values()) answer({ id: 0, error: `${file} ended unexpectedly.` })
  })
  return {
    ask: async (name, input) => {
      const question: Question = { id: ++asked, name: String(name), input }
      const answer = await new Promise<Answer>((resolve) => {
        waiting.set(question.id, resolve)
        if (!child.connected) resolve({ id: 0, error: `${file} has ended.` })
        else child.send(question, (error) => error && resolve({ id: 0, error: `${file} has ended.` }))
      })
      waiting.delete(question.id)
      if (answer.error !== undefined) throw new Error(`${file}: ${answer.error}`)
      return answer.result as never
    },
    signal: (signal) => void child.kill(signal),
    lastLines: () => lines,
    stop: (signal = 'SIGTERM') => end(child, signal),
  }
}

/** In the process that was started: answers until the one that asks is gone. */
export function answerParent(actions: Actions): void {
  process.on('message', async ({ id, name, input }: Question) => {
    const action = actions[name] as (input: unknown) => unknown
    const answer: Answer = await Promise.resolve()
      .then(() => action(input))
      .then(
        (result) => ({ id, result }),
        (error) => ({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      )
    process.send?.(answer)
  })
  process.on('disconnect', () => process.exit(1))
}

function keepLines(child: ChildProcess): string[] {
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lines.push(...text.split('\n').filter(Boolean))
      lines.splice(0, lines.length - LINES_KEPT)
    })
  }
  return lines
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  const impatience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  await ended
  clearTimeout(impatience)
}
