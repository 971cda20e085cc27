import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { OperatorError } from '../lib/operator-error.ts'

const COPY_BEGINS = /^COPY .* FROM stdin;$/i
const COPY_ENDS = '\\.'
/** `\connect` in a dump of a whole server or with `--create`: what follows would go into the live database. */
const STRAYS = /^(?:\\(?!restrict |unrestrict |\.)|(?:CREATE|DROP|ALTER) (?:DATABASE|ROLE|USER|TABLESPACE)\b)/i

/** A plain dump is a script. It must speak of nothing but the database that it is restored into. */
export async function refuseStrayedDump(dump: string): Promise<void> {
  let isData = false
  for await (const line of createInterface({ input: createReadStream(dump, 'utf8'), crlfDelay: Infinity })) {
    if (isData) isData = line !== COPY_ENDS
    else if (COPY_BEGINS.test(line)) isData = true
    else if (STRAYS.test(line)) {
      throw new OperatorError(
        `${dump} would reach beyond the scratch database. Dump one database, without --create, and not with pg_dumpall.`,
      )
    }
  }
}
