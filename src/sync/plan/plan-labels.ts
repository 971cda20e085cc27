import type { LabelPolicy } from '../../connectors/flow-definition.ts'
import { labelKey } from '../label-key.ts'
import type { SideWrite, SyncRecord } from '../sides/side.ts'
import type { PlanInput, SideName } from './record-plan.ts'

type LabelsPlan = Record<SideName, SideWrite['labels']> & { agreed: string[] }

/**
 * Labels travel as what was added and what was taken away since both sides last agreed, so whatever else is there stays.
 * Neither can contradict the other: what both had and one lost, both lose; what one got, both get.
 */
export function planLabels({ highlevel, partner, base, directions }: PlanInput): LabelsPlan {
  const out = directions.partner?.labels ?? NONE
  const back = directions.highlevel?.labels ?? NONE
  const known = new Set(base?.labels ?? [])
  const here = namesByKey(highlevel)
  const there = namesByKey(partner)
  const agreed = new Set([...known].filter((key) => !carries(out, key) && !carries(back, key)))
  const plan: LabelsPlan = { highlevel: { add: [], remove: [] }, partner: { add: [], remove: [] }, agreed: [] }
  for (const key of new Set([...known, ...(here?.keys() ?? []), ...(there?.keys() ?? [])])) {
    const [goes, comes] = [carries(out, key), carries(back, key)]
    if (!goes && !comes) continue
    const wasAgreed = known.has(key)
    const isHere = here ? here.has(key) : wasAgreed
    const isThere = there ? there.has(key) : wasAgreed
    const lost = wasAgreed && ((goes && !isHere) || (comes && !isThere))
    const got = !wasAgreed && ((goes && isHere) || (comes && isThere))
    if (lost && isHere && comes) plan.highlevel.remove.push(here?.get(key) ?? key)
    if (lost && isThere && goes) plan.partner.remove.push(key)
    if (got && !isHere && comes) plan.highlevel.add.push(there?.get(key) ?? key)
    if (got && !isThere && goes) plan.partner.add.push(here?.get(key) ?? key)
    if (got || (wasAgreed && !lost)) agreed.add(key)
  }
  return { ...plan, agreed: [...agreed].sort() }
}

const NONE: LabelPolicy = { kind: 'none' }

const namesByKey = (record: SyncRecord | undefined): Map<string, string> | undefined =>
  record?.labels && new Map(record.labels.map((name) => [labelKey(name), name]))

function carries(policy: LabelPolicy, key: string): boolean {
  if (policy.kind !== 'prefixed') return policy.kind === 'all'
  return policy.prefixes.some((prefix) => key.startsWith(labelKey(prefix)))
}
