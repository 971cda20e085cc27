import type { Database } from '../db/database.ts'
import type { PlatformFields } from '../flows/read-catalogue.ts'
import type { HighLevelApi } from '../highlevel/api.ts'
import type { Clock } from '../lib/clock.ts'
import { getInstallation } from '../tenants/installation-store.ts'
import type { TenantApi } from '../tenants/tenant-api.ts'
import { highLevelAppointmentSide } from './sides/highlevel-appointment.ts'
import { highLevelContactSide } from './sides/highlevel-contact.ts'
import { highLevelNoteSide } from './sides/highlevel-note.ts'
import { highLevelOpportunitySide } from './sides/highlevel-opportunity.ts'
import { highLevelTaskSide } from './sides/highlevel-task.ts'
import type { Side } from './sides/side.ts'

type SideOf = (deps: { api: HighLevelApi; locationId: string; now: Clock }) => Side

const SIDES = new Map<string, SideOf>([
  ['contact', highLevelContactSide],
  ['task', highLevelTaskSide],
  ['note', highLevelNoteSide],
  ['appointment', highLevelAppointmentSide],
  ['opportunity', highLevelOpportunitySide],
])

/** Lists the fields of the platform's records, those of this account alone among them. */
export const createPlatformFields =
  ({ database, tenantApi, now }: { database: Database; tenantApi: TenantApi; now: Clock }): PlatformFields =>
  async (tenantId, object) => {
    const { locationId } = await database.asTenant(tenantId, getInstallation)
    if (!locationId) return undefined
    return SIDES.get(object)?.({ api: tenantApi(tenantId), locationId, now }).listFields()
  }
