import type { OpenConnectionDeps } from '../connections/open-connection.ts'
import type { Rests } from '../connections/rests.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'

/** What the engine needs of the product. */
export type SyncDeps = OpenConnectionDeps & { rests: Rests; tenantApi: TenantApi }
