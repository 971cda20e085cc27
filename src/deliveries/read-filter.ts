import { z } from 'zod'
import { listConnectors } from '../connectors/registry.ts'
import type { SystemDb } from '../db/database.ts'
import { AppError } from '../lib/errors.ts'
import { isUuid } from '../lib/ids.ts'
import { searchTenants } from '../tenants/installation-store.ts'
import { PLATFORM_SOURCES } from '../webhooks/platform-sources.ts'
import type { DeliveryFilter } from './delivery-filter.ts'
import { findPlaces } from './delivery-search-store.ts'

/** As operators write it: in a form, an address, or behind a command. What is left empty is any. */
export type WrittenFilter = Partial<Record<keyof typeof FIELDS, string>>

const MOST_TENANTS = 100

const STATES = ['held', 'received', 'retrying', 'parked', 'dead', 'discarded', 'ignored', 'done', 'any'] as const

const empty = (text: unknown): unknown => (text === '' ? undefined : text)
const word = z.preprocess(
  empty,
  z
    .string()
    .regex(/^[\w.:-]{1,80}$/)
    .optional(),
)
const time = z.preprocess(
  empty,
  z
    .string()
    .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?)?$/)
    .transform((text) => new Date(text.includes('T') && !text.endsWith('Z') ? `${text}Z` : text))
    .refine((date) => !Number.isNaN(date.getTime()))
    .optional(),
)
const FIELDS = {
  state: z.preprocess((text) => empty(text) ?? 'held', z.enum(STATES)),
  tenant: z.preprocess(
    empty,
    z
      .string()
      .regex(/^\P{Cc}{1,200}$/u)
      .optional(),
  ),
  source: word,
  event: word,
  reason: word,
  from: time,
  to: time,
  delivery: z.preprocess(
    empty,
    z
      .string()
      .regex(/^[\x21-\x7e]{1,200}$/)
      .optional(),
  ),
}

/** Strict: what cannot be read must not mean everything. Throws `invalid_input`. Accounts are looked up. */
export async function readFilter(db: SystemDb, written: Record<string, unknown>): Promise<DeliveryFilter> {
  const parsed = z.object(FIELDS).safeParse(written)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new AppError('invalid_input', { detail: `The filter "${String(issue?.path[0])}" cannot be read.` })
  }
  const { state, tenant, source, event, reason, from, to, delivery } = parsed.data
  const tenantIds = tenant === undefined ? undefined : await findTenants(db, tenant.trim())
  return {
    state,
    ...(tenantIds && { tenantIds }),
    ...(source && { source }),
    ...(event && { eventType: event }),
    ...(reason && { reason }),
    ...(from && { receivedFrom: from }),
    ...(to && { receivedTo: to }),
    ...(delivery && (await locate(db, delivery, tenantIds))),
  }
}

/** No index leads from a delivery's id to its tenant, so that whose it is has to be found first. */
async function locate(db: SystemDb, deliveryId: string, tenantIds: string[] | undefined): Promise<Located> {
  const sources = [...PLATFORM_SOURCES, ...listConnectors().map(({ key }) => key)]
  const places = (await findPlaces(db, deliveryId, sources)).filter(
    ({ tenantId }) => tenantIds?.includes(tenantId) ?? true,
  )
  return { deliveryId, ids: places.map(({ id }) => id), tenantIds: places.map(({ tenantId }) => tenantId) }
}

type Located = Required<Pick<DeliveryFilter, 'deliveryId' | 'ids' | 'tenantIds'>>

async function findTenants(db: SystemDb, text: string): Promise<string[]> {
  if (isUuid(text)) return [text]
  const found = await searchTenants(db, text, MOST_TENANTS + 1)
  if (found.length <= MOST_TENANTS) return found
  throw new AppError('invalid_input', { detail: `More than ${MOST_TENANTS} accounts match that name. Say more of it.` })
}
