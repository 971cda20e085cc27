import type { SystemDb } from '../db/database.ts'
import { type AuditEntry, canonicalEntry, entryHash, GENESIS } from './audit-entry.ts'
import { listAuditHeads, readAuditChain } from './audit-store.ts'

export type ChainFault = {
  tenantId: string
  seq: number
  fault: 'entry_missing' | 'entry_changed' | 'chain_broken' | 'tail_missing'
}

export type AuditVerdict = { chains: number; entries: number; faults: ChainFault[] }

/**
 * Walks every chain and names the first fault of each: an entry gone, changed (its shown columns no longer say what was
 * hashed, or its hash is not theirs), out of its place, or a tail cut off behind which the head still stands.
 */
export async function verifyAudit(db: SystemDb): Promise<AuditVerdict> {
  const verdict: AuditVerdict = { chains: 0, entries: 0, faults: [] }
  for (const head of await listAuditHeads(db)) {
    verdict.chains++
    let previousHash: Buffer = GENESIS
    let seq = 0
    let fault: ChainFault['fault'] | undefined
    for await (const entry of readAuditChain(db, head.tenantId)) {
      fault = faultOf(entry, seq + 1, previousHash)
      if (fault) break
      seq = entry.seq
      previousHash = entry.hash
      verdict.entries++
    }
    if (!fault && (seq < head.seq || !previousHash.equals(head.hash))) fault = 'tail_missing'
    if (fault) verdict.faults.push({ tenantId: head.tenantId, seq: seq + 1, fault })
  }
  return verdict
}

function faultOf(entry: AuditEntry, seq: number, previousHash: Buffer): ChainFault['fault'] | undefined {
  if (entry.seq !== seq) return 'entry_missing'
  if (!entry.previousHash.equals(previousHash)) return 'chain_broken'
  const shown = canonicalEntry(entry.tenantId, { ...entry, at: entry.at.getTime() })
  if (shown !== entry.canonical || !entry.hash.equals(entryHash(previousHash, seq, entry.canonical)))
    return 'entry_changed'
  return undefined
}
