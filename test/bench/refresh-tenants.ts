import { randomBytes } from 'node:crypto'
import type { Client } from 'pg'
import type { TokenGrant } from '../../src/highlevel/oauth.ts'
import { newId } from '../../src/lib/ids.ts'
import type { SealKey } from '../../src/lib/seal.ts'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import { openPair, sealPair } from '../../src/tenants/token-pair.ts'
import { unwrapKey, wrapKey } from '../../src/tenants/wrapped-key.ts'
import type { RefreshTown } from './refresh-town.ts'
import { pairOf, readRefreshToken } from './token-names.ts'

const IN_ONE_INSERT = 1000

export const locationOf = (index: number): string => `location${index}`

export const tenantOf = (town: RefreshTown, index: number): string =>
  locationTenantId(town.config.highLevel.appId, locationOf(index))

/** Installed locations with their first pair, sealed as the product seals; the endpoint knows the same. */
export async function moveIn(town: RefreshTown, count: number): Promise<void> {
  await town.endpoint.ask('open', { count })
  for (let from = 0; from < count; from += IN_ONE_INSERT) {
    const indexes = Array.from({ length: Math.min(IN_ONE_INSERT, count - from) }, (_, offset) => from + offset)
    await insert(town, await Promise.all(indexes.map((index) => tenantRow(town, index))))
  }
  await town.database.query('vacuum analyze') // what autovacuum does within a minute
}

function masterKeyOf({ config }: RefreshTown): SealKey {
  const [current] = config.encryptionKeys
  if (!current) throw new Error('The key ring is empty.')
  return current
}

type TenantRow = Awaited<ReturnType<typeof tenantRow>>

async function tenantRow(town: RefreshTown, index: number) {
  const tenantId = tenantOf(town, index)
  const key = { kid: newId(), key: randomBytes(32) }
  const grant = { ...GRANT, ...pairOf(index, 1), clientId: town.config.highLevel.clients[0]?.id ?? null }
  const { pair, expiresAt, renewAt, clientId } = await sealPair(key, tenantId, grant, Date.now())
  return {
    tenantId,
    locationId: locationOf(index),
    keyId: key.kid,
    wrapped: await wrapKey(masterKeyOf(town), tenantId, key),
    pair,
    expiresAt,
    renewAt,
    clientId,
  }
}

const GRANT: Omit<TokenGrant, 'accessToken' | 'refreshToken' | 'clientId'> = {
  expiresIn: 86_399,
  scopes: [],
  userType: 'Location',
  companyId: null,
  locationId: null,
  userId: null,
  planId: null,
  versionId: null,
  futureLocations: false,
}

async function insert({ config, database }: RefreshTown, rows: TenantRow[]): Promise<void> {
  const scopes = 'contacts.readonly locations.readonly oauth.readonly oauth.write'
  await database.query(
    `with rows as (
       select * from jsonb_to_recordset($1) as t("tenantId" uuid, "locationId" text, "keyId" uuid, wrapped text, pair text,
         "expiresAt" timestamptz, "renewAt" timestamptz, "clientId" text)
     ), keys as (
       insert into tenant_keys (tenant_id, id, wrapped) select "tenantId", "keyId", wrapped from rows
     ), heads as (
       insert into audit_heads (tenant_id) select "tenantId" from rows
     ), tokens as (
       insert into installation_tokens (tenant_id, pair, expires_at, renew_at, client_id, generation)
       select "tenantId", pair, "expiresAt", "renewAt", "clientId", 1 from rows
     )
     insert into installations (tenant_id, app_id, location_id, company_id, user_type, status, installed_at,
       authorized_at, claimed_at, scopes)
     select "tenantId", $2, "locationId", 'company', 'Location', 'active', now(), now(), now(), string_to_array($3, ' ') from rows`,
    [JSON.stringify(rows), config.highLevel.appId, scopes],
  )
}

/** How many stored pairs are not the endpoint's newest: those could not be refreshed once its grace is over. */
export async function countLost(town: RefreshTown): Promise<number> {
  const newest = await town.endpoint.ask('generations', null)
  let kept = 0
  for await (const row of storedPairs(town.database)) {
    const key = await unwrapKey(town.config.encryptionKeys, {
      tenantId: row.tenant_id,
      id: row.key_id,
      wrapped: row.wrapped,
    })
    const stored = {
      pair: row.pair,
      expiresAt: row.expires_at,
      generation: row.generation,
      clientId: null,
      asksAfter: null,
    }
    const { index, generation } = readRefreshToken(String((await openPair(key, row.tenant_id, stored)).refreshToken))
    if (newest[index] === generation) kept++
  }
  return newest.length - kept
}

async function* storedPairs(database: Client) {
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await database.query(
      `select tenant_id, pair, expires_at, generation, tenant_keys.id as key_id, wrapped
       from installation_tokens join tenant_keys using (tenant_id)
       where tenant_id > $1 order by tenant_id limit 2000`,
      [after],
    )
    if (rows.length === 0) return
    yield* rows
    after = rows.at(-1).tenant_id
  }
}
