import { NOBODY } from '../tenants/tenant-id.ts'
import type { NewDelivery } from './delivery-store.ts'
import type { Stored } from './intake.ts'

/** How a webhook is met: each of them in one of these ways. */
export const INTAKE_OUTCOMES = [
  'accepted',
  /** Its id is remembered. */
  'repeated',
  'foreign_app',
  'unknown_tenant',
  'unreadable',
  'too_old',
  /** Without a signature; with what cannot be one; with one that none of the keys made. */
  'unsigned',
  'malformed',
  'forged',
  /** Whatever is wrong with it. */
  'unknown_address',
  'too_large',
  'wrong_encoding',
  /** The sender went away. */
  'cut_off',
  'try_later',
] as const

export type IntakeOutcome = (typeof INTAKE_OUTCOMES)[number]

/** What is counted beside that. */
export type IntakeMark = 'late' | 'unknown_type'

/** How one was met that is stored. A delivery that is kept for the record alone has one of the words above as its reason. */
export function outcomeOf({ tenantId, reason }: NewDelivery, { isNew }: Stored): IntakeOutcome {
  if (!isNew) return 'repeated'
  return INTAKE_OUTCOMES.find((word) => word === reason) ?? (tenantId === NOBODY ? 'unknown_tenant' : 'accepted')
}
