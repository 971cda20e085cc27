import type { SideName } from '../../../src/sync/plan/record-plan.ts'
import { type Channel, type Edit, FIELD_NAMES, FIELDS, type FieldName, type Round } from './edits.ts'

/** What a field holds on either side once everything is quiet; one of several where nobody can tell who was later. */
export type Held = Record<SideName, string>
export type ExpectedField = { anyOf: Held[]; isDisputed: boolean }

/** A person once everything is quiet, as the edits and the policies have it. */
export type Expected = {
  fields: Partial<Record<FieldName, ExpectedField>>
  labels: Set<string>
  optOuts: Set<Channel>
  deletedOn: SideName | null
}

export type People = Map<number, Expected>

/** What both sides have to come to, computed from the edits alone. */
export function peopleAfter(before: People, round: Round): People {
  const after = new Map(before)
  for (const [person, edits] of Map.groupBy(round.edits, (edit) => edit.person)) {
    after.set(person, personAfter(before.get(person) ?? NOBODY, edits))
  }
  return after
}

const NOBODY: Expected = { fields: {}, labels: new Set(), optOuts: new Set(), deletedOn: null }

function personAfter(before: Expected, edits: Edit[]): Expected {
  const fields = { ...before.fields }
  for (const name of FIELD_NAMES) {
    const after = fieldAfter(name, before.fields[name], lastValues(edits, name))
    if (after) fields[name] = after
  }
  return {
    fields,
    labels: labelsAfter(before.labels, edits),
    optOuts: new Set([...before.optOuts, ...edits.flatMap((edit) => (edit.do === 'opt out' ? [edit.channel] : []))]),
    deletedOn: edits.find((edit) => edit.do === 'delete')?.side ?? before.deletedOn,
  }
}

type Last = Partial<Record<SideName, string>>

function lastValues(edits: Edit[], name: FieldName): Last {
  const last: Last = {}
  for (const edit of edits) {
    const value = edit.do === 'create' || edit.do === 'write' ? edit.values[name] : undefined
    if (value !== undefined) last[edit.side] = value
  }
  return last
}

function fieldAfter(name: FieldName, before: ExpectedField | undefined, last: Last): ExpectedField | undefined {
  const { highlevel: here, partner: there } = last
  if (here === undefined && there === undefined) return before
  if (before?.isDisputed) return stillDisputed(before, last)
  if (here === undefined || there === undefined || here === there) return agreed(String(here ?? there))
  const { policy } = FIELDS[name]
  if (policy === 'highlevel') return agreed(here)
  if (policy === 'partner') return agreed(there)
  if (policy === 'ask') return { anyOf: [{ highlevel: here, partner: there }], isDisputed: true }
  return { anyOf: [held(here), held(there)], isDisputed: false }
}

const held = (value: string): Held => ({ highlevel: value, partner: value })
const agreed = (value: string): ExpectedField => ({ anyOf: [held(value)], isDisputed: false })

/** Whatever is written to it meanwhile stays where it was written. */
const stillDisputed = ({ anyOf }: ExpectedField, last: Last): ExpectedField => ({
  anyOf: anyOf.map((one) => ({ ...one, ...last })),
  isDisputed: true,
})

/** What one side lost, both lose; what one got, both get. */
function labelsAfter(before: Set<string>, edits: Edit[]): Set<string> {
  const sides = (['highlevel', 'partner'] as const).map((side) => {
    const own = new Set(before)
    for (const edit of edits) {
      if (edit.side !== side) continue
      if (edit.do === 'create') for (const label of edit.labels) own.add(label)
      if (edit.do !== 'label') continue
      for (const label of edit.add) own.add(label)
      for (const label of edit.remove) own.delete(label)
    }
    return own
  })
  const kept = [...before].filter((label) => sides.every((own) => own.has(label)))
  const got = sides.flatMap((own) => [...own].filter((label) => !before.has(label)))
  return new Set([...kept, ...got])
}
