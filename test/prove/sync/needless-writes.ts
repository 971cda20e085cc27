import { otherSide, type SideName } from '../../../src/sync/plan/record-plan.ts'
import type { Line } from '../../support/line.ts'
import { type Kind, listWrites, mostCausedBy, type Write } from './count-writes.ts'
import { type Edit, LABELS, phoneOf } from './edits.ts'
import type { Town } from './town.ts'

/** Whose record it is, by the side and its id there: `<location> <person>`. */
export type Identities = Map<string, string>

/** Taken down before anything is deleted. */
export function noteIdentities(line: Line, town: Town, known: Identities): void {
  for (const { tenant, people } of town) {
    const byPhone = new Map([...people.keys()].map((person) => [phoneOf(tenant.index, person), person]))
    const note = (side: SideName, id: string | number, phone: unknown): void => {
      const person = byPhone.get(String(phone))
      if (person !== undefined) known.set(`${side} ${id}`, `${tenant.index} ${person}`)
    }
    for (const { id, phone } of line.highLevel.control.contacts(tenant.locationId)) note('highlevel', id, phone)
    for (const { id, sms } of line.activeTrail.control.contacts(tenant.token)) note('partner', id, sms)
  }
}

/**
 * Writes that no edit asked for, a sentence for each sort of them. To a person's record at most one on a side for each edit of
 * it on the other; in a location one new record for each that was made, and one call for each label that was put on or taken
 * off, beside one to make the label; and one more for each write of the same sort whose answer was spoilt.
 */
export function needlessWrites(line: Line, town: Town, known: Identities): { count: number; sentences: string[] } {
  const most = new Map<string, number>()
  const allow = (side: SideName, kind: Kind, whose: string, edits: readonly Edit[], more = 0): void =>
    void most.set(`${side} ${kind} ${whose}`, mostCausedBy(kind, edits) + more)
  for (const { tenant, rounds, people } of town) {
    for (const side of ['highlevel', 'partner'] as const) {
      const edits = rounds.flatMap((round) => round.edits).filter((edit) => edit.side === otherSide(side))
      for (const person of people.keys())
        allow(
          side,
          'record',
          `${tenant.index} ${person}`,
          edits.filter((edit) => edit.person === person),
        )
      allow(side, 'new record', String(tenant.index), edits)
      allow(side, 'label', String(tenant.index), edits, side === 'partner' ? LABELS.length : 0)
    }
  }
  const sorts = Map.groupBy(listWrites(line), (write) => sortOf(town, known, write))
  const excess = [...sorts].flatMap(([sort, writes]) => {
    const accounted = (most.get(sort) ?? 0) + writes.filter(({ isSpoilt }) => isSpoilt).length
    const beyond = writes.length - accounted
    return beyond > 0 ? [{ beyond, sentence: `${sort}: ${writes.length} writes, ${accounted} accounted for` }] : []
  })
  return { count: excess.reduce((sum, { beyond }) => sum + beyond, 0), sentences: excess.map((one) => one.sentence) }
}

function sortOf(town: Town, known: Identities, { side, kind, who }: Write): string {
  const person = known.get(`${side} ${who}`)
  const tenant = town.find(({ tenant: { token, locationId } }) => who === token || who === locationId)?.tenant.index
  const location = tenant ?? person?.split(' ')[0] ?? 'nobody'
  return `${side} ${kind} ${kind === 'record' ? (person ?? location) : location}`
}
