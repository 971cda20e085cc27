import type { OpenConnectionDeps } from '../connections/open-connection.ts'
import type { Rests } from '../connections/rests.ts'
import type { ContactFieldSource } from '../highlevel/contact-field-source.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'
import type { AccountAround } from './account-around.ts'

/** What the engine needs of the product. */
export type SyncDeps = OpenConnectionDeps & {
  rests: Rests
  tenantApi: TenantApi
  /** Shared by all that is done for an account, so that its fields are asked for once in a while. */
  contactFields: ContactFieldSource
  /** Shared likewise. */
  accountAround: AccountAround
}
