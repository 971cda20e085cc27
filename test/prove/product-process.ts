import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { flagsOf } from '../support/flags-of.ts'

/** The product's own process, as production runs it. */
export type ProductProcess = {
  child: ChildProcess
  /** Where it listens; the worker does not. */
  url: string
  hasEnded(): boolean
  /** SIGKILL: no handler of the process hears of it. */
  kill(): void
  /** SIGTERM, then how it ended. */
  stop(): Promise<{ code: number | null; tookMs: number; log: string }>
  /** Set when it ended although nobody had asked for it, not even by SIGKILL: what it said last. */
  crash(): string | undefined
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Starting a process is mostly reading its code, and that is the same each time. */
const COMPILE_CACHE = join(tmpdir(), 'causeway-prove-compile-cache')
const READY = { server: 'web is listening', worker: 'worker is working' }
const LOG_TAIL = 20_000

/** None outlives whoever started it. */
const living = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL')
})

export type ProductKind = 'server' | 'worker'

/** Resolves once it is ready. Without a port it takes a free one; `preload` is loaded ahead of the product's own code. */
export async function startProduct(
  kind: ProductKind,
  environment: Record<string, string>,
  port = 0,
  preload?: URL,
): Promise<ProductProcess> {
  const flags = [
    ...(await flagsOf(kind === 'server' ? 'web' : 'worker')),
    ...(preload ? ['--import', preload.href] : []),
  ]
  const child = spawn(process.execPath, [...flags, `src/${kind}.ts`], {
    cwd: ROOT,
    env: { LOG_LEVEL: 'info', ...environment, PORT: String(port), NODE_COMPILE_CACHE: COMPILE_CACHE },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  living.add(child)
  child.once('exit', () => living.delete(child))
  let log = ''
  let wanted = false
  const hear = (bytes: Buffer): void => {
    log = (log + bytes).slice(-LOG_TAIL)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  while (!log.includes(READY[kind])) {
    if (preload && child.signalCode === 'SIGKILL') break // what was loaded ended it before it was ready
    if (hasEnded()) throw new Error(`The ${kind} did not start: ${log}`)
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  }
  return {
    child,
    url: `http://127.0.0.1:${port || /"port":(\d+)/.exec(log)?.[1]}`,
    hasEnded,
    kill: () => {
      wanted = true
      child.kill('SIGKILL')
    },
    stop: async () => {
      wanted = true
      const startedAt = performance.now()
      const ended = hasEnded() ? [child.exitCode] : once(child, 'exit')
      child.kill('SIGTERM')
      const [code] = await ended
      return { code, tookMs: performance.now() - startedAt, log }
    },
    crash: () => (hasEnded() && !wanted && child.signalCode !== 'SIGKILL' ? log : undefined),
  }
}
