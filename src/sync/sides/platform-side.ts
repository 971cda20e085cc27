import { STANDARD_FIELDS } from '../../highlevel/contact-fields.ts'
import type { Field } from '../../lib/field.ts'
import type { RunContext } from '../run-context.ts'
import type { SyncDeps } from '../sync-deps.ts'
import { highLevelContactSide } from './highlevel-contact.ts'
import type { Side } from './side.ts'

/** The platform's side of an object, by the partner's key of it. */
export function platformSide(
  deps: Pick<SyncDeps, 'tenantApi' | 'now' | 'contactFields'>,
  ctx: Pick<RunContext, 'tenantId' | 'locationId'>,
  object: string,
): Side {
  const api = deps.tenantApi(ctx.tenantId)
  if (object === 'contact')
    return highLevelContactSide({ api, locationId: ctx.locationId, now: deps.now, fieldSource: deps.contactFields })
  throw new Error(`There is no ${object} at the platform.`)
}

/** Fields that every account's objects have. */
export const platformFields = (object: string): readonly Field[] => (object === 'contact' ? STANDARD_FIELDS : [])
