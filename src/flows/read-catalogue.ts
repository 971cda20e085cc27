import {
  type OpenConnection,
  type OpenConnectionDeps,
  openConnection,
  refuseOvertaken,
} from '../connections/open-connection.ts'
import { stopConnection } from '../connections/stop-connection.ts'
import { AppError } from '../lib/errors.ts'
import type { Field } from '../lib/field.ts'
import { isTrouble, Trouble } from '../lib/trouble.ts'
import {
  type CatalogueKey,
  type FieldCatalogue,
  findCatalogue,
  findCatalogueForChange,
  PLATFORM_SIDE,
  saveCatalogue,
} from './field-catalogue-store.ts'
import { judgeFields } from './warnings.ts'

/** The platform's fields of one kind of record, as they are now; undefined for a kind that it lists none of. */
export type PlatformFields = (tenantId: string, object: string) => Promise<Field[] | undefined>

export type CatalogueDeps = OpenConnectionDeps & { platformFields: PlatformFields }

/** `trouble`: why it could not be read again, so that it may be out of date. */
export type ReadCatalogue = FieldCatalogue & { trouble: string | null }

const SCHEDULE = { kind: 'schedule', id: 'fields' } as const

/**
 * The fields of one kind of record: as stored, when that is no older than asked for; else read again there, stored, and
 * compared with what they were. Throws `not_found` for a kind that is not there, `partner_trouble` where nothing was ever read.
 */
export async function readCatalogue(
  deps: CatalogueDeps,
  { tenantId, maxAgeMs, ...key }: CatalogueKey & { tenantId: string; maxAgeMs: number },
): Promise<ReadCatalogue> {
  const stored = await deps.database.asTenant(tenantId, (db) => findCatalogue(db, key))
  const age = stored ? deps.now() - stored.readAt.getTime() : Number.NaN
  if (stored && age >= 0 && age < maxAgeMs) return { ...stored, trouble: null }
  try {
    const read =
      key.side === PLATFORM_SIDE ? await readPlatform(deps, tenantId, key) : await readPartner(deps, tenantId, key)
    return { ...(await keep(deps, tenantId, key, read)), trouble: null }
  } catch (error) {
    if (!isTrouble(error)) throw error
    if (stored) return { ...stored, trouble: error.message }
    throw new AppError('partner_trouble', { detail: error.message, cause: error })
  }
}

type Read = { fields: Field[]; open: OpenConnection | null }

async function readPlatform(deps: CatalogueDeps, tenantId: string, { object }: CatalogueKey): Promise<Read> {
  const fields = await deps.platformFields(tenantId, object)
  if (!fields) throw new AppError('not_found')
  return { fields, open: null }
}

async function readPartner(deps: CatalogueDeps, tenantId: string, { side, object }: CatalogueKey): Promise<Read> {
  const open = await deps.database.asTenant(tenantId, (db) => openConnection(deps, db, side))
  if ('waiting' in open) throw new Trouble('credentials_refused', { detail: open.waiting.trouble ?? WAITS })
  const type = open.connector.objects.find(({ key }) => key === object)
  if (!type) throw new AppError('not_found')
  try {
    return { fields: await type.listFields(open.context), open }
  } catch (error) {
    if (isTrouble(error) && error.code === 'credentials_refused') await stopConnection(deps, tenantId, open, error)
    throw error
  }
}

const WAITS = 'The connection is not in use at the moment.'

const keep = (
  deps: CatalogueDeps,
  tenantId: string,
  key: CatalogueKey,
  { fields, open }: Read,
): Promise<FieldCatalogue> =>
  deps.database.asTenant(tenantId, async (db) => {
    if (open) await refuseOvertaken(db, open)
    const at = deps.now()
    const before = await findCatalogueForChange(db, key)
    const catalogue = { ...key, fields, readAt: new Date(at) }
    await saveCatalogue(db, catalogue)
    await judgeFields(db, key, { before: before?.fields ?? [], after: fields }, { actor: SCHEDULE, at })
    return catalogue
  })
