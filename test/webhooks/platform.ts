import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { Line } from '../support/line.ts'

/** What the platform sends, made by hand: the sandbox sends well-formed events only. */
export type Signer = { publicPem: string; sign(body: Uint8Array | string): string }

export function createSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    sign: (body) => signature(body, privateKey),
  }
}

const signature = (body: Uint8Array | string, key: KeyObject): string =>
  sign(null, Buffer.from(body as string), key).toString('base64')

/** An event of a location, with an id of its own unless told. */
export const eventOf = (line: Line, fields: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'ContactUpdate',
  locationId: line.highLevel.control.locations()[0]?.id,
  appId: line.config.highLevel.appId,
  versionId: line.config.highLevel.appId,
  id: 'nobodyKnowsThisContact',
  timestamp: new Date().toISOString(),
  webhookId: randomUUID(),
  ...fields,
})

export const webhookUrl = (line: Line): string => `${line.appUrl}/webhooks/highlevel`

export const post = (
  line: Line,
  body: Uint8Array | string,
  headers: Record<string, string> | [string, string][],
): Promise<Response> => fetch(webhookUrl(line), { method: 'POST', body: Buffer.from(body as string), headers })

export type StoredDelivery = {
  id: string
  tenant_id: string
  delivery_id: string
  event_type: string
  state: string
  reason: string | null
  attempts: number
  troubles: number
  due_at: Date | null
}

export const storedAs = (line: Line, webhookId: unknown): Promise<StoredDelivery[]> =>
  line.database.system.sql('deliveries').where({ delivery_id: String(webhookId) })

/** How many deliveries, jobs and runs there are. */
export async function countTraces(line: Line): Promise<{ deliveries: number; jobs: number; runs: number }> {
  const { rows } = await line.database.system.sql.raw(`
    select (select count(*) from deliveries) as deliveries,
           (select count(*) from pgboss.job where name = 'work-inbox') as jobs,
           (select count(*) from runs) as runs`)
  return rows[0]
}
