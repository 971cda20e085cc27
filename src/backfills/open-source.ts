import { type OpenConnection, type OpenConnectionDeps, openConnection } from '../connections/open-connection.ts'
import { findStartedFlow, type StartedFlow } from '../flows/flow-store.ts'
import type { HighLevelApi } from '../highlevel/api.ts'
import type { PlatformClock } from '../highlevel/platform-clock.ts'
import { findInstallation, isInstalled, isWorking } from '../tenants/installation-store.ts'
import type { Backfill } from './backfill.ts'
import { highLevelReader } from './highlevel-reader.ts'
import { partnerReader } from './partner-reader.ts'
import type { SourceReader } from './source-reader.ts'

export type OpenSourceDeps = OpenConnectionDeps & {
  /** As the tenant, and only with what is left of its limit. */
  backfillApi(tenantId: string): HighLevelApi
  platformClock: PlatformClock
  /** Contacts of a page; smaller in tests. */
  pageLimit?: number
}

/** What a turn works with, or why there is nothing to work with: for now, or for good. */
export type OpenedSource =
  | { flow: StartedFlow; open: OpenConnection; reader: SourceReader; atOnce: number }
  | { waits: string }
  | { ends: string }

/** Writing to the platform is held back by its limit alone: so many, that ten begin each second although each takes a while. */
const AT_ONCE_AT_THE_PLATFORM = 16

/** Looked at anew with each turn: whatever was switched off, disconnected or uninstalled since is not worked with. */
export const openSource = (deps: OpenSourceDeps, tenantId: string, backfill: Backfill): Promise<OpenedSource> =>
  deps.database.asTenant(tenantId, async (db): Promise<OpenedSource> => {
    const installation = await findInstallation(db)
    const locationId = installation?.locationId
    if (!isInstalled(installation) || !locationId) return { ends: UNINSTALLED }
    const flow = await findStartedFlow(db, backfill.flowId)
    if (!flow) return { ends: REMOVED }
    const found = await openConnection(deps, db, backfill.connectionId)
    if ('waiting' in found) return { waits: found.waiting.trouble ?? PAUSED }
    if (!isWorking(installation)) return { waits: NO_ACCESS }
    if (!flow.enabled && backfill.status !== 'planning') return { waits: SWITCHED_OFF }
    if (flow.mappingVersion !== backfill.mappingVersion) return { waits: REMAPPED }
    const { connector, context } = found
    const reader = readerOf(deps, { tenantId, locationId, backfill, open: found })
    if (!reader) return { ends: `${connector.name} does not list its records.` }
    const atOnce = backfill.source === 'partner' ? AT_ONCE_AT_THE_PLATFORM : connector.limits.concurrency
    return { flow, open: { ...found, context }, reader, atOnce }
  })

export const UNINSTALLED = 'The app was uninstalled.'
const REMOVED = 'The flow or its connection was removed.'
const PAUSED = 'The connection is paused. Switch it on again, and the import goes on.'
const NO_ACCESS = 'The account cannot be reached at the moment. The import goes on when it can.'
const SWITCHED_OFF = 'The flow is switched off. Switch it on again, and the import goes on.'
const REMAPPED = 'The flow was changed since it was planned. Continue with it as it is now, or cancel.'

function readerOf(
  deps: OpenSourceDeps,
  {
    tenantId,
    locationId,
    backfill,
    open,
  }: { tenantId: string; locationId: string; backfill: Backfill; open: OpenConnection },
): SourceReader | undefined {
  if (backfill.source === 'highlevel') {
    const { offsetMs } = deps.platformClock
    const limit = deps.pageLimit === undefined ? {} : { limit: deps.pageLimit }
    return highLevelReader({ api: deps.backfillApi(tenantId), locationId, offsetMs, ...limit })
  }
  const object = open.connector.objects.find(({ key }) => key === backfill.object)
  return object?.list ? partnerReader({ object, context: open.context }) : undefined
}
