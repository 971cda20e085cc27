import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, TenantDb } from '../db/database.ts'
import { Trouble } from '../lib/trouble.ts'
import { type Lease, releaseLeases, takeLeasesNamed } from '../tenants/lease-store.ts'

/** Longer than the calls that are made under it may take together. */
const LEASE_MS = 60_000
/** Whoever waits longer is tried again later, so that one slow partner does not hold the worker's lanes. */
const LONGEST_WAIT_MS = 5000

/** The holder is the run, so that one whose worker was killed does not wait for itself. */
export type Wanted = { tenantId: string; holder: string; names: readonly string[] }

export type Turn<Found> = { found: Found } | { leases: Lease[] }

/**
 * The right to do what must be done once: all leases, or none. Not needed when somebody else has done it meanwhile, which
 * is looked for before and after.
 */
export async function takeTurn<Found>(
  database: Database,
  wanted: Wanted,
  look: (db: TenantDb) => Promise<Found | undefined>,
): Promise<Turn<Found>> {
  for (const giveUpAt = Date.now() + LONGEST_WAIT_MS; Date.now() < giveUpAt; ) {
    const turn = await database.asTenant(wanted.tenantId, (db) => tryTurn(db, wanted, look))
    if (turn) return turn
    await sleep(50 + Math.random() * 100)
  }
  throw new Trouble('unavailable', { detail: 'Another run is doing the same just now. It will be tried again.' })
}

/** The same without waiting, in a transaction that has more to do: undefined while somebody else is at it. */
export async function tryTurn<Found>(
  db: TenantDb,
  { holder, names }: Omit<Wanted, 'tenantId'>,
  look: (db: TenantDb) => Promise<Found | undefined>,
): Promise<Turn<Found> | undefined> {
  const leases = await takeLeasesNamed(db, { names, holder, forMs: LEASE_MS })
  const found = await look(db)
  if (found === undefined && leases.length === names.length) return { leases }
  await endTurn(db, leases)
  return found === undefined ? undefined : { found }
}

export const endTurn = (db: TenantDb, leases: readonly Lease[]): Promise<void> => releaseLeases(db, leases)
