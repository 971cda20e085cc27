import pg from 'pg'

/** Looks for secrets in everything that a database holds, in every spelling that somebody may have stored them in. */

/** All rows of all tables of all schemas but Postgres's own, as text. */
export async function dumpDatabase(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows: tables } = await client.query(`
      select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')`)
    const parts: string[] = []
    for (const { name } of tables) {
      const { rows } = await client.query(`select t::text as row from ${name} t`)
      parts.push(`-- ${name}`, ...rows.map(({ row }) => row))
    }
    return parts.join('\n')
  } finally {
    await client.end()
  }
}

/** The text, and what its parts say when they are read as hexadecimal or base64, twice over. */
function readings(text: string, depth = 2): string[] {
  if (depth === 0) return [text]
  const hex = [...text.matchAll(/(?:[0-9a-f]{2}){6,}/gi)].map(([part]) => Buffer.from(part, 'hex').toString('latin1'))
  const base64 = [...text.matchAll(/[A-Za-z0-9+/_-]{8,}/g)].map(([part]) =>
    Buffer.from(part, 'base64').toString('latin1'),
  )
  const decoded = [...hex, ...base64].join('\n')
  return [text, ...readings(decoded, depth - 1)]
}

/** What a secret may look like besides itself: the three ways it can lie in base64, percent-encoded, reversed case. */
function spellings(secret: Buffer): string[] {
  const inBase64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), secret])
      .toString('base64')
      .replace(/=+$/, '')
    const core = encoded.slice(offset ? 4 : 0, -4) // the ends depend on the neighbours
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
  const text = secret.toString('latin1')
  return [text, secret.toString('hex'), secret.toString('utf16le'), encodeURIComponent(text), ...inBase64]
}

/** The names of those secrets that can be found in the text. */
export function leaksIn(text: string, secrets: Record<string, string | Uint8Array>): string[] {
  const places = readings(text)
  const folded = places.map((place) => place.toLowerCase())
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret)
    const isFound = spellings(bytes).some(
      (spelling) =>
        places.some((place) => place.includes(spelling)) ||
        folded.some((place) => place.includes(spelling.toLowerCase())),
    )
    return isFound ? [name] : []
  })
}
