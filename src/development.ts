import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/**
 * What an unconfigured start keeps between runs, beside the code and out of version control: the secret from which it
 * derives everything that a real deployment configures, its database, and the sandbox's state.
 */
export const DEVELOPMENT_DATA = fileURLToPath(new URL('../.causeway/', import.meta.url))

const SECRET = `${DEVELOPMENT_DATA}secret`
const DATABASE_URL = `${DEVELOPMENT_DATA}database-url`

/** Made at the first start. Stays on this machine. */
export async function developmentSecret(): Promise<Uint8Array> {
  await mkdir(DEVELOPMENT_DATA, { recursive: true })
  await writeFile(SECRET, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 }).catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
  return Buffer.from(await readFile(SECRET, 'utf8'), 'base64url')
}

/** Lets the commands of `src/cli.ts` find the database that `npm start` is running. */
export const noteDatabaseUrl = (url: string): Promise<void> => writeFile(DATABASE_URL, url, { mode: 0o600 })

export const findDatabaseUrl = (): Promise<string | null> => readFile(DATABASE_URL, 'utf8').catch(() => null)

/**
 * Where the sandbox's HighLevel and ActiveTrail listen: on the two ports behind the app's. The host is `localhost` and the
 * app is 127.0.0.1, so that to a browser they are different sites, as in life.
 */
export const sandboxAddresses = (port: number) => ({
  HIGHLEVEL_API_URL: `http://localhost:${port + 1}`,
  HIGHLEVEL_MARKETPLACE_URL: `http://localhost:${port + 1}`,
  ACTIVETRAIL_API_URL: `http://localhost:${port + 2}/api`,
})
