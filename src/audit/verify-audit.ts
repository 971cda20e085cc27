import type { SystemDb } from '../db/database.ts'
import { type AuditEntry, canonicalEntry, entryHash, GENESIS } from './audit-entry.ts'
import { atOneMoment, listAuditTenants, listLastEntries, readAuditChain, readAuditHead } from './audit-store.ts'

export type ChainFault = {
  tenantId: string
  seq: number
  fault: 'entry_missing' | 'entry_changed' | 'chain_broken' | 'tail_missing'
}

export type AuditVerdict = { chains: number; entries: number; faults: ChainFault[] }

/**
 * Walks every chain and names the first fault of each: an entry gone, changed (its shown columns no longer say what was
 * hashed, or its hash is not theirs), out of its place or appended by somebody else, or a tail cut off behind which the
 * head still stands.
 */
export async function verifyAudit(db: SystemDb): Promise<AuditVerdict> {
  const verdict: AuditVerdict = { chains: 0, entries: 0, faults: [] }
  for (const tenantId of await listAuditTenants(db)) {
    const { seq, fault } = await atOneMoment(db, (moment) => walk(moment, tenantId))
    verdict.chains++
    verdict.entries += seq
    if (fault) verdict.faults.push({ tenantId, seq: seq + 1, fault })
  }
  return verdict
}

/** Only the end of each chain: quick, and enough to notice a tail that was cut off or a last entry that was changed. */
export async function verifyLastEntries(db: SystemDb): Promise<Omit<AuditVerdict, 'entries'>> {
  const ends = await atOneMoment(db, listLastEntries)
  const faults = ends.flatMap(({ tenantId, seq, hash, entry }): ChainFault[] => {
    if (!entry) return [{ tenantId, seq, fault: 'tail_missing' }]
    const fault = faultOf(entry, seq, entry.previousHash) ?? (entry.hash.equals(hash) ? undefined : 'chain_broken')
    return fault ? [{ tenantId, seq, fault }] : []
  })
  return { chains: ends.length, faults }
}

/** How far a chain holds, and what is wrong behind that. */
async function walk(db: SystemDb, tenantId: string): Promise<{ seq: number; fault?: ChainFault['fault'] }> {
  const head = await readAuditHead(db, tenantId)
  let previousHash: Buffer = GENESIS
  let seq = 0
  for await (const entry of readAuditChain(db, tenantId)) {
    const fault = faultOf(entry, seq + 1, previousHash)
    if (fault) return { seq, fault }
    seq = entry.seq
    previousHash = entry.hash
  }
  if (seq < head.seq) return { seq, fault: 'tail_missing' }
  return previousHash.equals(head.hash) ? { seq } : { seq, fault: 'chain_broken' }
}

function faultOf(entry: AuditEntry, seq: number, previousHash: Buffer): ChainFault['fault'] | undefined {
  if (entry.seq !== seq) return 'entry_missing'
  if (!entry.previousHash.equals(previousHash)) return 'chain_broken'
  const shown = canonicalEntry(entry.tenantId, { ...entry, at: entry.at.getTime() })
  if (shown !== entry.canonical || !entry.hash.equals(entryHash(previousHash, seq, entry.canonical)))
    return 'entry_changed'
  return undefined
}
