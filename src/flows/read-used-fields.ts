import { listConnections } from '../connections/connection-store.ts'
import { Overtaken } from '../connections/overtaken.ts'
import { findConnector } from '../connectors/registry.ts'
import { isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { type CatalogueKey, PLATFORM_SIDE } from './field-catalogue-store.ts'
import { listRunningFlows } from './flow-store.ts'
import { type CatalogueDeps, readCatalogue } from './read-catalogue.ts'
import { placesOf } from './used-fields.ts'

const HOUR_MS = 3_600_000

/** Reads again, on both sides, the fields of every kind of record that flows of a connection use. */
export async function readUsedFields(
  deps: CatalogueDeps & { log: Logger },
  { tenantId, connectionId }: { tenantId: string; connectionId: string },
): Promise<void> {
  for (const key of await listUsed(deps, tenantId, connectionId)) {
    try {
      const { trouble } = await readCatalogue(deps, { ...key, tenantId, maxAgeMs: HOUR_MS })
      if (trouble) deps.log.info({ tenantId, connectionId, ...key, trouble }, 'fields could not be read again')
    } catch (error) {
      // Removed since, or not to be had: what is out of order is asked again with the next schedule.
      if (!(error instanceof Overtaken) && !isAppError(error)) throw error
      deps.log.info({ error, tenantId, connectionId, ...key }, 'fields could not be read')
    }
  }
}

const listUsed = (deps: CatalogueDeps, tenantId: string, connectionId: string): Promise<CatalogueKey[]> =>
  deps.database.asTenant(tenantId, async (db) => {
    const connection = (await listConnections(db)).find(({ id }) => id === connectionId)
    const connector = connection && findConnector(connection.partner, deps.connectors)
    if (!connector) return [] // removed since
    const used = (await listRunningFlows(db, connectionId)).flatMap(({ definition }) => placesOf(definition, connector))
    const keys = used.map(({ side, object }) => ({ side: side === 'partner' ? connectionId : PLATFORM_SIDE, object }))
    return [...new Map(keys.map((key) => [`${key.side}/${key.object}`, key])).values()]
  })
