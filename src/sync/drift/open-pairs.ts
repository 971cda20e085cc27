import { openConnection } from '../../connections/open-connection.ts'
import { PLATFORM_SIDE } from '../../flows/field-catalogue-store.ts'
import { type CatalogueDeps, readCatalogue } from '../../flows/read-catalogue.ts'
import { isTrouble, Trouble } from '../../lib/trouble.ts'
import { getInstallation } from '../../tenants/installation-store.ts'
import { sideOf } from '../directions.ts'
import { toSyncRecord } from '../sides/partner-record.ts'
import { platformSide } from '../sides/platform-side.ts'
import type { SyncDeps } from '../sync-deps.ts'
import type { OpenPairs } from './check-drift.ts'

const DAY_MS = 86_400_000

/** Reads linked records on both sides, giving way to all other work. */
export const createOpenPairs =
  (deps: SyncDeps & CatalogueDeps): OpenPairs =>
  async ({ tenantId, flow, object }) => {
    const { opened, installation } = await deps.database.asTenant(tenantId, async (db) => ({
      opened: await openConnection(deps, db, flow.connectionId),
      installation: await getInstallation(db),
    }))
    const { locationId } = installation
    if ('waiting' in opened || !locationId)
      throw new Trouble('credentials_refused', { detail: 'It waits for its owner.' })
    const { connector, context } = opened
    const type = connector.objects.find(({ key }) => key === object)
    const calm = { ...deps, tenantApi: (tenant: string) => deps.tenantApi(tenant, 'reconcile') }
    const platform = platformSide(calm, { tenantId, locationId }, object)
    const from = sideOf(flow)
    const side = from === 'highlevel' ? flow.connectionId : PLATFORM_SIDE
    const { fields } = await readCatalogue(deps, { tenantId, side, object, maxAgeMs: DAY_MS })
    const around = await deps.accountAround({ tenantId, locationId })
    const readPartner = async (id: string) => {
      if (deps.rests.isResting(flow.connectionId)) {
        throw new Trouble('rate_limited', { detail: `${connector.name} asked to slow down.` })
      }
      const record = await type?.find?.(context, { id }).catch(restIfAsked(deps, flow.connectionId))
      return record && toSyncRecord(record, type?.sync ?? {})
    }
    return async ({ highLevelId, partnerId }) => {
      const there = await readPartner(partnerId)
      const here = there && !there.isDeleted && (await platform.read(highLevelId, { withLabels: false }))
      if (!there || !here || here.isDeleted) return undefined
      const [source, target] = from === 'highlevel' ? [here, there] : [there, here]
      return { source: source.fields, target: target.fields, fields, around }
    }
  }

const restIfAsked =
  ({ rests }: Pick<SyncDeps, 'rests'>, connectionId: string) =>
  (error: unknown): never => {
    if (isTrouble(error) && error.retryAfterMs) rests.rest(connectionId, error.retryAfterMs)
    throw error
  }
