import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { OperatorError } from '../lib/operator-error.ts'
import type { WrappedKey } from './tenant-key-store.ts'

/** The wrapped keys of all tenants as JSON lines: what a dump leaves out. Opens nothing without the master keys. */
export type KeyFileHeader = z.infer<typeof header>
export type KeyOfFile = WrappedKey & { tenantId: string }

const header = z.object({
  format: z.literal('causeway-keys/1'),
  writtenAt: z.iso.datetime(),
  /** The names of the master keys under which the keys are wrapped. */
  masterKids: z.array(z.string()),
  /** How many lines follow. */
  keys: z.number().int().nonnegative(),
})
const line = z.object({ tenantId: z.uuid(), id: z.uuid(), wrapped: z.string() })

/** Takes the place of an older file at once or not at all. Only its owner may read it. */
export async function writeKeyFile(
  path: string,
  about: Omit<KeyFileHeader, 'format'>,
  keys: AsyncIterable<KeyOfFile>,
): Promise<void> {
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(lines({ format: 'causeway-keys/1', ...about }, keys))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
    await syncFolder(dirname(path))
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new OperatorError(`${path} cannot be written: ${error.message}.`)
  } finally {
    await rm(draft, { force: true })
  }
}

async function* lines(first: KeyFileHeader, keys: AsyncIterable<KeyOfFile>): AsyncGenerator<string> {
  yield `${JSON.stringify(first)}\n`
  for await (const { tenantId, id, wrapped } of keys) yield `${JSON.stringify({ tenantId, id, wrapped })}\n`
}

/** A rename lasts when the folder has been written. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

/** The whole file, or a sentence about what is wrong with it. */
export async function readKeyFile(path: string): Promise<KeyFileHeader & { all: KeyOfFile[] }> {
  const [first, ...rest] = await readLines(path)
  const about = parse(path, 1, header, first)
  const all = rest.map((text, index) => parse(path, index + 2, line, text))
  if (all.length !== about.keys) {
    throw new OperatorError(`${path} is not whole: it should hold ${about.keys} keys and holds ${all.length}.`)
  }
  return { ...about, all }
}

async function readLines(path: string): Promise<string[]> {
  try {
    return (await readFile(path, 'utf8')).trimEnd().split('\n')
  } catch (error) {
    throw new OperatorError(`${path} cannot be read: ${error instanceof Error ? error.message : 'unknown trouble'}.`)
  }
}

function parse<T>(path: string, number: number, schema: z.ZodType<T>, text: string | undefined): T {
  const parsed = schema.safeParse(readJson(text))
  if (parsed.success) return parsed.data
  throw new OperatorError(`${path} is not a key file of \`backup-keys\`: line ${number} cannot be read.`)
}

function readJson(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
