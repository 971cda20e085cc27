import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SealKey } from '../../src/lib/seal.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PATIENCE_MS = 45_000

export type Ending = { exitCode: number | null; signal: NodeJS.Signals | null; said: string; complained: string }

export type Running = { child: ChildProcess; ended: Promise<Ending> }

/** One of the product's own processes, as an operator starts it: `cli.ts rotate-keys`. */
export function begin(command: string, environment: Record<string, string>): Running {
  const { PATH = '', HOME = '' } = process.env
  const [file, ...args] = command.split(' ')
  const child = spawn(process.execPath, [`src/${file}`, ...args], { cwd: ROOT, env: { PATH, HOME, ...environment } })
  return { child, ended: endOf(child) }
}

async function endOf(child: ChildProcess): Promise<Ending> {
  const deadline = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  let [said, complained] = ['', '']
  child.stdout?.on('data', (part) => {
    said += part
  })
  child.stderr?.on('data', (part) => {
    complained += part
  })
  const [exitCode, signal] = await once(child, 'close')
  clearTimeout(deadline)
  return { exitCode, signal, said, complained }
}

export const run = (command: string, environment: Record<string, string>): Promise<Ending> =>
  begin(command, environment).ended

export const ringOf = (keys: readonly SealKey[]): string =>
  keys.map(({ kid, key }) => `${kid}:${Buffer.from(key).toString('base64url')}`).join(',')

/** A production on this database; nobody is called. */
export const productionOn = (databaseUrl: string, masterKeys: readonly SealKey[]): Record<string, string> => ({
  NODE_ENV: 'production',
  PORT: '0',
  BASE_URL: 'https://causeway.example',
  DATABASE_URL: databaseUrl,
  ENCRYPTION_KEYS: ringOf(masterKeys),
  SESSION_KEYS: ringOf([{ kid: 's1', key: Buffer.alloc(32, 5) }]),
  HIGHLEVEL_APP_ID: 'a0a0a0a0a0a0a0a0a0a0a0a0',
  HIGHLEVEL_CLIENT_ID: 'a0a0a0a0a0a0a0a0a0a0a0a0-abcdefgh',
  HIGHLEVEL_CLIENT_SECRET: 'the-secret-of-the-client',
  HIGHLEVEL_SSO_SECRETS: 'the-secret-of-the-page',
})
