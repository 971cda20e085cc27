import type { SystemDb } from '../db/database.ts'
import type { Installation } from './installation-store.ts'
import type { TenantKey } from './tenant-key-store.ts'
import { type StoredTokens, TOKEN_COLUMNS } from './token-store.ts'

/** What a refresh has to know of the installation. */
export type HeldInstallation = Pick<
  Installation,
  'tenantId' | 'appId' | 'companyId' | 'locationId' | 'userType' | 'status' | 'scopes' | 'generation'
>

/** An installation with its tokens as they lie there, and the key that they are sealed under. */
export type HeldRow = { installation: HeldInstallation; tokens: StoredTokens | undefined; key: TenantKey | undefined }

/** Reads several tenants in one statement. */
export async function listHeld(db: SystemDb, tenantIds: readonly string[]): Promise<Map<string, HeldRow>> {
  const rows: Row[] = await db
    .sql('installations')
    .leftJoin('installation_tokens', { 'installation_tokens.tenant_id': 'installations.tenant_id' })
    .leftJoin('tenant_keys', { 'tenant_keys.tenant_id': 'installations.tenant_id' })
    .whereRaw('installations.tenant_id = any(:tenantIds)', { tenantIds: [...tenantIds] })
    .select(INSTALLATION_COLUMNS, TOKEN_COLUMNS, KEY_COLUMNS)
  return new Map(rows.map((row) => [row.tenantId, toHeld(row)]))
}

const INSTALLATION_COLUMNS = {
  tenantId: 'installations.tenant_id',
  appId: 'installations.app_id',
  companyId: 'installations.company_id',
  locationId: 'installations.location_id',
  userType: 'installations.user_type',
  status: 'installations.status',
  scopes: 'installations.scopes',
  installationGeneration: 'installations.generation',
} as const

const KEY_COLUMNS = {
  keyId: 'tenant_keys.id',
  wrapped: 'tenant_keys.wrapped',
  masterKid: 'tenant_keys.master_kid',
} as const

type Row = Omit<HeldInstallation, 'generation'> &
  Omit<StoredTokens, 'pair'> & {
    installationGeneration: number
    pair: string | null
    keyId: string
    wrapped: string | null
    masterKid: string
  }

const toHeld = ({ pair, wrapped, ...row }: Row): HeldRow => ({
  installation: { ...row, generation: row.installationGeneration },
  tokens: pair === null ? undefined : { ...row, pair },
  key: wrapped === null ? undefined : { tenantId: row.tenantId, id: row.keyId, wrapped, masterKid: row.masterKid },
})
