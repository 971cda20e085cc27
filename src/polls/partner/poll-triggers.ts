import type { Connector } from '../../connectors/connector.ts'
import { listConnectors } from '../../connectors/registry.ts'
import { newId } from '../../lib/ids.ts'
import { inParallel } from '../../lib/in-parallel.ts'
import { releaseLease, takeLease } from '../../tenants/lease-store.ts'
import { type AskDeps, askTrigger } from './ask-trigger.ts'
import {
  type DueConnection,
  enrolTriggers,
  listDueConnections,
  listDueTriggers,
  type Pollable,
} from './trigger-poll-store.ts'

/** Longer than a visit takes. One that takes longer all the same stores nothing once somebody else has. */
const LEASE_MS = 3 * 60_000
const AT_ONCE = 8
const MOST = 64
const MOST_ROUNDS = 20

/**
 * Asks partners what happened, for all triggers that flows wait for and whose time has come: some connections at once, each
 * by one process alone. What goes wrong with one trigger is kept with it, and the others go on.
 */
export async function pollTriggers(deps: AskDeps, signal?: AbortSignal): Promise<void> {
  const { system } = deps.database
  await enrolTriggers(system, pollableOf(deps.connectors ?? listConnectors()), new Date(deps.now()))
  for (let round = 0; round < MOST_ROUNDS && !signal?.aborted; round++) {
    const due = await listDueConnections(system, new Date(deps.now()), MOST)
    const visited = await inParallel(due, AT_ONCE, (one) => visitAlone(deps, one, signal))
    if (!visited.includes(true)) return // nothing is due, or somebody else is at it
  }
}

const pollableOf = (connectors: readonly Connector[]): Pollable[] =>
  connectors.flatMap(({ key: partner, triggers }) => triggers.map(({ key: trigger }) => ({ partner, trigger })))

/** False when somebody else is at it. */
async function visitAlone(deps: AskDeps, due: DueConnection, signal?: AbortSignal): Promise<boolean> {
  const { database } = deps
  const wanted = { name: `triggers/${due.connectionId}`, holder: newId(), forMs: LEASE_MS }
  const lease = signal?.aborted ? undefined : await database.asTenant(due.tenantId, (db) => takeLease(db, wanted))
  if (!lease) return false
  try {
    await askAll(deps, due, signal)
    return true
  } finally {
    await database.asTenant(due.tenantId, (db) => releaseLease(db, lease))
  }
}

/** One after the other, until the connection may not be used any more. */
async function askAll(deps: AskDeps, { tenantId, connectionId }: DueConnection, signal?: AbortSignal): Promise<void> {
  const now = new Date(deps.now())
  const polls = await deps.database.asTenant(tenantId, (db) => listDueTriggers(db, connectionId, now))
  for (const poll of polls) {
    if (signal?.aborted || (await askTrigger(deps, poll, signal)) === 'waiting') return
  }
}
