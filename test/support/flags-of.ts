import { readFile } from 'node:fs/promises'

/** What node is started with in production, as the Procfile says. */
export async function flagsOf(kind: 'web' | 'worker'): Promise<string[]> {
  const procfile = await readFile(new URL('../../Procfile', import.meta.url), 'utf8')
  const line = new RegExp(`^${kind}: node (.*)src/\\w+\\.ts$`, 'm').exec(procfile)
  if (!line) throw new Error(`The Procfile does not say how the ${kind} is started.`)
  return line[1]?.trim().split(' ').filter(Boolean) ?? []
}
