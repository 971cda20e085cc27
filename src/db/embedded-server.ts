import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GuardAnswer, GuardOrder } from './embedded-guard.ts'

export type EmbeddedServerOptions = {
  /** Kept between starts. Without it the data lives in a temporary folder and goes with the server. */
  dataDir?: string
  /** Postgres settings on top of ours, for example `{ fsync: 'off' }`. */
  settings?: Record<string, string>
}

export type EmbeddedServer = {
  /** postgres://postgres:password@127.0.0.1:port/postgres */
  url: string
  stop(): Promise<void>
  /** SIGKILL, as a power cut would have it: for tests of faults. */
  kill(): void
  /** Same port, same data; also brings back a server that was killed. */
  restart(): Promise<void>
}

/** A real PostgreSQL for development and tests, gone when this process is gone, whatever ended it. */
export async function startEmbeddedServer(options: EmbeddedServerOptions = {}): Promise<EmbeddedServer> {
  const guard = hireGuard()
  const url = await ask(guard, {
    do: 'start',
    dataDir: options.dataDir === undefined ? undefined : resolve(options.dataDir),
    settings: options.settings ?? {},
    tmpDir: tmpdir(),
  })
  return {
    url,
    stop: () => dismiss(guard),
    kill: () => tell(guard, { do: 'kill' }),
    restart: async () => void (await ask(guard, { do: 'restart' })),
  }
}

/** In a session of its own, so that a Ctrl-C or a kill meant for our process group leaves it alive to clean up. */
function hireGuard(): ChildProcess {
  return fork(fileURLToPath(new URL('./embedded-guard.ts', import.meta.url)), {
    detached: true,
    execArgv: [],
    env: {},
    cwd: '/',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}

async function ask(guard: ChildProcess, order: GuardOrder): Promise<string> {
  if (!guard.connected) throw new Error('The embedded Postgres has been stopped')
  const answer = await whileWaitedFor(guard, () => {
    tell(guard, order)
    return nextAnswer(guard)
  })
  if ('error' in answer) throw new Error(answer.error)
  return answer.url
}

/** A guard that has just ended hears nothing; whoever waits for its answer learns of the end. */
function tell(guard: ChildProcess, order: GuardOrder): void {
  if (guard.connected) guard.send(order, () => {})
}

async function nextAnswer(guard: ChildProcess): Promise<GuardAnswer> {
  const waiting = new AbortController()
  const { signal } = waiting
  try {
    return await Promise.race([
      once(guard, 'message', { signal }).then(([answer]) => answer as GuardAnswer),
      once(guard, 'exit', { signal }).then(() => ({ error: 'The guard of the embedded Postgres ended unexpectedly' })),
    ])
  } finally {
    waiting.abort()
  }
}

async function dismiss(guard: ChildProcess): Promise<void> {
  if (hasEnded(guard)) return
  const [exitCode] = await whileWaitedFor(guard, () => {
    const ended = once(guard, 'exit')
    tell(guard, { do: 'stop' })
    return ended
  })
  if (exitCode !== 0) throw new Error('The embedded Postgres did not stop properly')
}

const hasEnded = (guard: ChildProcess): boolean => guard.exitCode !== null || guard.signalCode !== null

/** A server nobody is waiting for does not keep this process alive. */
async function whileWaitedFor<T>(guard: ChildProcess, wait: () => Promise<T>): Promise<T> {
  guard.ref()
  guard.channel?.ref()
  try {
    return await wait()
  } finally {
    guard.unref()
    guard.channel?.unref()
  }
}
