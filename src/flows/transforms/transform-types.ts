import type { Transform } from '../../connectors/transform.ts'
import type { FieldType, FieldValue } from '../../lib/field.ts'

type Rule<Kind extends Transform['kind']> = {
  takes: readonly FieldType[]
  /** Absent: any type, it depends on the values. */
  gives(type: FieldType, transform: Extract<Transform, { kind: Kind }>): FieldType | undefined
}

const SINGLE: readonly FieldType[] = ['text', 'number', 'boolean', 'date', 'datetime', 'phone', 'email', 'option']
const ALL: readonly FieldType[] = [...SINGLE, 'list']
const TEXTS: readonly FieldType[] = ['text', 'option']

const onTexts = { takes: ALL, gives: (type: FieldType): FieldType => (type === 'list' ? 'list' : 'text') }

/** Its kind of text stays what it is. */
const onSpaces = {
  takes: ALL,
  gives: (type: FieldType): FieldType =>
    onTexts.gives(type) === 'list' || type === 'email' || type === 'phone' || type === 'option' ? type : 'text',
}

/** What each transform takes and gives. `number` and `boolean` take what has at least a chance to be one. */
export const TRANSFORM_TYPES: { [Kind in Transform['kind']]: Rule<Kind> } = {
  trim: onSpaces,
  collapse_spaces: onSpaces,
  case: onSpaces,
  first_name: onTexts,
  last_name: onTexts,
  plain_text: onTexts,
  replace: onTexts,
  truncate: onTexts,
  default: { takes: ALL, gives: (type) => type },
  lookup: {
    takes: ALL,
    gives: (type, { entries, otherwise }) =>
      type === 'list'
        ? 'list'
        : chosenType(
            type,
            entries.map(({ to }) => to),
            otherwise === 'keep',
          ),
  },
  number: { takes: [...TEXTS, 'number'], gives: () => 'number' },
  multiply: { takes: [...TEXTS, 'number'], gives: () => 'number' },
  boolean: { takes: [...TEXTS, 'number', 'boolean'], gives: () => 'boolean' },
  date: {
    takes: [...TEXTS, 'number', 'date', 'datetime'],
    gives: (_, { to }) => (to === 'date' || to === 'datetime' ? to : 'text'),
  },
  shift_date: { takes: [...TEXTS, 'date', 'datetime'], gives: (type) => type },
  phone: { takes: [...TEXTS, 'number', 'phone'], gives: () => 'phone' },
  split: { takes: ALL, gives: () => 'list' },
  join: { takes: ALL, gives: (type) => (type === 'list' ? 'text' : type) },
  pick: { takes: ALL, gives: (type) => (type === 'list' ? 'text' : type) },
  tags: { takes: [...TEXTS, 'list'], gives: () => 'list' },
  when: {
    takes: ALL,
    gives: (type, { give, otherwise }) => chosenType(type, [give, otherwise ?? null], otherwise === undefined),
  },
}

/** Of what comes out of values an owner set, and of the value itself where it may stay. */
function chosenType(type: FieldType, values: FieldValue[], mayStay: boolean): FieldType | undefined {
  const types = new Set(values.flatMap((value) => typeOfValue(value) ?? []))
  if (mayStay) types.add(type)
  return types.size === 1 ? [...types][0] : undefined
}

/** The type after all of them; undefined when it depends on values. `refused`: the first that cannot take what it would get. */
export function typeAfter(
  type: FieldType | undefined,
  transforms: readonly Transform[],
): { type: FieldType | undefined } | { refused: Transform['kind']; type: FieldType } {
  let current = type
  for (const transform of transforms) {
    const { takes } = TRANSFORM_TYPES[transform.kind]
    if (current && !takes.includes(current)) return { refused: transform.kind, type: current }
    current = givenBy(transform, current)
  }
  return { type: current }
}

/** Of a type that is not known every other is asked; what they agree on is known. */
function givenBy(transform: Transform, type: FieldType | undefined): FieldType | undefined {
  const rule = TRANSFORM_TYPES[transform.kind] as Rule<Transform['kind']>
  if (type) return rule.gives(type, transform)
  const given = new Set(rule.takes.map((taken) => rule.gives(taken, transform)))
  return given.size === 1 ? [...given][0] : undefined
}

/** Undefined for null, which every type has. */
export function typeOfValue(value: FieldValue): FieldType | undefined {
  if (value === null) return undefined
  if (Array.isArray(value)) return 'list'
  return typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'text'
}
