import type { StartedFlow } from '../flows/flow-store.ts'
import { mapFields } from '../flows/mapping/map-fields.ts'
import { createDuplicateRule } from '../highlevel/duplicate-rule.ts'
import { asNumber } from '../highlevel/identity.ts'
import { type LookedAhead, lookedAhead } from '../highlevel/looked-ahead.ts'
import { createSearchAnyOf, LONGEST, type Sought } from '../highlevel/search-any-of.ts'
import type { FieldValues } from '../lib/field.ts'
import { isTrouble } from '../lib/trouble.ts'
import { findInstallation } from '../tenants/installation-store.ts'
import { sideOf, syncStepOf } from './directions.ts'
import { findCounterpartIds } from './link-store.ts'
import { platformFields } from './sides/platform-side.ts'
import type { SyncRecord } from './sides/side.ts'
import type { SyncDeps } from './sync-deps.ts'

export type LookAhead = (wanted: {
  tenantId: string
  flow: StartedFlow
  records: readonly SyncRecord[]
}) => Promise<LookedAhead | undefined>

/** A record is looked for by as much as an address and a number. */
export const LOOKED_FOR_TOGETHER = 100

/**
 * The counterparts that a partner's records have at the platform, or would have, in one call. Undefined where that helps nobody:
 * for what the platform does not search like this, and where it allows duplicates, so that its refusal is no guard.
 */
export function createLookAhead(deps: SyncDeps): LookAhead {
  const forbidsDuplicates = createDuplicateRule(deps)
  const searchAnyOf = createSearchAnyOf()
  return async ({ tenantId, flow, records }) => {
    const step = syncStepOf(flow, 'contact')
    if (!step || sideOf(flow) !== 'partner' || records.length === 0) return undefined
    const end = { connectionId: flow.connectionId, object: 'contact', side: 'partner' } as const
    const { locationId, linked } = await deps.database.asTenant(tenantId, async (db) => ({
      locationId: (await findInstallation(db))?.locationId,
      linked: await findCounterpartIds(db, { ...end, recordIds: records.map(({ id }) => id) }),
    }))
    if (!locationId) return undefined
    const api = deps.tenantApi(tenantId)
    const around = await deps.accountAround({ tenantId, locationId })
    const sought = records.flatMap((record): Sought[] => {
      const contactId = linked.get(record.id)
      if (contactId !== undefined) return [{ field: 'id', value: contactId }]
      return identityOf(mapFields(step.rows, record.fields, around, platformFields('contact')).values)
    })
    try {
      if (!(await forbidsDuplicates(api, locationId))) return undefined
      const found = await searchAnyOf(api, locationId, sought)
      return found && lookedAhead(sought, found)
    } catch (error) {
      if (isTrouble(error) && EACH_BY_ITSELF.includes(error.code)) return undefined
      throw error
    }
  }
}

/** One odd value or answer does not keep the others from being brought over. */
const EACH_BY_ITSELF: readonly string[] = ['rejected', 'unexpected_answer']

function identityOf({ email, phone }: FieldValues): Sought[] {
  const number = typeof phone === 'string' ? asNumber(phone) : null
  return [
    ...(typeof email === 'string' && email.trim() && email.length <= LONGEST
      ? [{ field: 'email', value: email.trim() } as const]
      : []),
    ...(number ? [{ field: 'phone', value: number } as const] : []),
  ]
}
