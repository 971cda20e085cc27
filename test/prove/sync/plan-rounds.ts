import type { SideName } from '../../../src/sync/plan/record-plan.ts'
import type { Random } from '../../support/random.ts'
import { type Edit, FIELD_NAMES, type FieldName, LABELS, type Round, type Values } from './edits.ts'
import { type Expected, type People, peopleAfter } from './expected.ts'

export type ScriptSize = { people: number; rounds: number; editsPerRound: number; losesWebhooks: boolean }

const SIDES = ['highlevel', 'partner'] as const

/**
 * A script of edits by chance: first everyone is made, some on both sides at once; then rounds of edits, at once and freely in
 * turn; in the last one some are deleted.
 */
export function planRounds(random: Random, size: ScriptSize): { rounds: Round[]; people: People } {
  const rounds: Round[] = []
  let people: People = new Map()
  const add = (round: Round): void => {
    rounds.push(round)
    people = peopleAfter(people, round)
  }
  add({ kind: 'at once', edits: makeEveryone(random, size) })
  for (let index = 1; index <= size.rounds; index++) {
    const kind = index % 2 === 0 ? 'at once' : 'freely'
    add({ kind, edits: planEdits(random, kind, people, size) })
  }
  add({ kind: 'freely', edits: deleteSome(random, people) })
  return { rounds, people }
}

/** No two are the same, so that each tells which edit it came from. */
const newValue = (random: Random, field: FieldName): string => {
  const number = random.between(1, 1e9)
  return field === 'email' ? `moved.${number}@both.example` : `${field} ${number}`
}

const valuesFor = (random: Random, fields: readonly FieldName[]): Values =>
  Object.fromEntries(fields.filter(() => random.next() < 0.6).map((field) => [field, newValue(random, field)]))

function makeEveryone(random: Random, { people }: ScriptSize): Edit[] {
  return Array.from({ length: people }, (_, person): Edit[] => {
    const chance = random.next()
    const sides = chance < 0.4 ? SIDES : chance < 0.7 ? [SIDES[0]] : [SIDES[1]]
    const email = newValue(random, 'email')
    return sides.map((side) => ({
      ...{ do: 'create', side, person, values: { ...valuesFor(random, FIELD_NAMES), email } },
      labels: LABELS.filter(() => random.next() < 0.3),
    }))
  }).flat()
}

function planEdits(random: Random, kind: Round['kind'], people: People, size: ScriptSize): Edit[] {
  const owners = new Map<string, SideName>()
  /** Freely, whatever one side has begun to change belongs to it until everything is quiet. */
  const mayChange = (side: SideName, what: string): boolean => {
    if (kind === 'at once') return true
    const owner = owners.get(what) ?? side
    owners.set(what, owner)
    return owner === side
  }
  const edits = Array.from({ length: size.editsPerRound }, (): Edit[] => {
    const person = random.between(0, size.people - 1)
    const expected = people.get(person)
    const side = random.pick(SIDES)
    if (!expected) return []
    const edit = planEdit(random, { side, person }, expected, (what) => mayChange(side, `${person} ${what}`))
    if (!edit || !size.losesWebhooks || random.next() > 0.15) return edit ? [edit] : []
    return [{ ...edit, isUnheard: true }]
  }).flat()
  return [...edits, ...makingUp(edits)]
}

function planEdit(
  random: Random,
  at: Pick<Edit, 'side' | 'person'>,
  { labels, optOuts }: Expected,
  mayChange: (what: string) => boolean,
): Edit | undefined {
  const chance = random.next()
  if (chance < 0.65) {
    const values = valuesFor(
      random,
      FIELD_NAMES.filter(() => random.next() < 0.5).filter((field) => mayChange(field)),
    )
    return Object.keys(values).length > 0 ? { ...at, do: 'write', values } : undefined
  }
  if (chance < 0.9) {
    const changed = LABELS.filter(() => random.next() < 0.3).filter((label) => mayChange(`label ${label}`))
    const [remove, add] = [changed.filter((one) => labels.has(one)), changed.filter((one) => !labels.has(one))]
    return changed.length > 0 ? { ...at, do: 'label', add, remove } : undefined
  }
  // ActiveTrail takes no other change of a subscription from whoever must not be mailed at all.
  if (optOuts.has('all')) return undefined
  const channel = random.pick(
    at.side === 'highlevel' ? (['email', 'sms', 'all'] as const) : (['email', 'sms'] as const),
  )
  return mayChange('consent') ? { ...at, do: 'opt out', channel } : undefined
}

/** What nobody heard of is found with the next thing that is. ActiveTrail never tells that somebody joined or left a group. */
function makingUp(edits: Edit[]): Edit[] {
  const silent = edits.filter(
    (edit) => edit.isUnheard || (edit.side === 'partner' && (edit.do === 'label' || edit.do === 'create')),
  )
  const places = new Map(silent.map(({ side, person }) => [`${side} ${person}`, { side, person }]))
  return [...places.values()].map((place) => ({ ...place, do: 'touch' }))
}

const deleteSome = (random: Random, people: People): Edit[] =>
  [...people.keys()]
    .filter(() => random.next() < 0.25)
    .map((person) => ({ do: 'delete', side: random.pick(SIDES), person }))
