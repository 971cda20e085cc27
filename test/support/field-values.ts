import fc from 'fast-check'
import type { Transform } from '../../src/connectors/transform.ts'
import type { FieldValue, FieldValues } from '../../src/lib/field.ts'

/** Values and transforms by chance, with a liking for what has broken such code before. */

const ODD_TEXTS = [
  '',
  ' ',
  '\u00a0\u200f',
  'İstanbul',
  'straße',
  'ŉ ǆ ﬁ',
  'ΟΔΟΣ',
  'דנה בן-דוד',
  "o'brien-mcDonald",
  '👩‍👩‍👧 e\u0301',
  '\ud800',
  'a\0b',
  '__proto__',
  'constructor',
  '$& $1 \\1 .* ^$ (a+)+',
  '{{ 7 | times: 7 }} <%= 7 %> #{7}',
  '<b>x</b><!-- <br>',
  '1.234,56 €',
  '-0',
  '1e400',
  '9007199254740993',
  '+972 50-123 4567',
  '0501234567',
  '2026-02-29',
  '2026-05-01T10:00:00.123+03:00',
  '0000-01-01',
  'Infinity',
  'Dr. Anna Maria von Berg, PhD',
  'a@b.co',
  'Yes',
]

export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ODD_TEXTS),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
)

export const anyValue: fc.Arbitrary<FieldValue> = fc.oneof(
  { weight: 4, arbitrary: anyText },
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(anyText, { maxLength: 5 }),
)

export const anyValues: fc.Arbitrary<FieldValues> = fc.dictionary(
  fc.oneof(fc.constantFrom('a', 'b', 'event.a', 'steps.s.a', '__proto__', 'constructor'), anyText),
  anyValue,
)

const kind = <Kind extends Transform['kind']>(
  name: Kind,
  rest: { [Key in keyof Omit<Extract<Transform, { kind: Kind }>, 'kind'>]: fc.Arbitrary<unknown> },
): fc.Arbitrary<Transform> => fc.record({ kind: fc.constant(name), ...rest }) as fc.Arbitrary<Transform>

const anyPlaces = fc.option(fc.integer({ min: 0, max: 10 }))
const anyTexts = fc.array(anyText, { maxLength: 4 })
const anyPattern = fc.oneof(fc.constantFrom('iso', 'seconds', 'milliseconds', 'dd.MM.yyyy HH:mm', 'MMM d'), anyText)

export const ANY_TRANSFORM: Record<Transform['kind'], fc.Arbitrary<Transform>> = {
  trim: kind('trim', {}),
  collapse_spaces: kind('collapse_spaces', {}),
  case: kind('case', { to: fc.constantFrom('lower', 'upper', 'title', 'sentence') }),
  first_name: kind('first_name', {}),
  last_name: kind('last_name', {}),
  plain_text: kind('plain_text', {}),
  replace: kind('replace', { find: anyText, with: anyText }),
  default: kind('default', { value: anyValue }),
  lookup: kind('lookup', {
    entries: fc.array(fc.record({ from: anyText, to: anyValue }), { maxLength: 5 }),
    otherwise: fc.constantFrom('keep', 'blank'),
  }),
  number: kind('number', { decimal: fc.constantFrom('.', ','), places: anyPlaces }),
  multiply: kind('multiply', { by: fc.double(), places: anyPlaces }),
  boolean: kind('boolean', { yes: anyTexts, no: anyTexts }),
  date: kind('date', {
    from: anyPattern,
    to: fc.oneof(fc.constantFrom('date', 'datetime'), anyPattern),
    zone: fc.constantFrom(null, 'America/New_York', 'Nowhere/At_All'),
  }),
  shift_date: kind('shift_date', {
    amount: fc.integer(),
    unit: fc.constantFrom('days', 'hours', 'minutes'),
  }),
  phone: kind('phone', {
    country: fc.constantFrom(null, 'DE', 'xx'),
    form: fc.constantFrom('e164', 'national', 'international'),
  }),
  split: kind('split', { separator: anyText }),
  join: kind('join', { separator: anyText }),
  pick: kind('pick', { index: fc.integer() }),
  tags: kind('tags', { only: anyTexts, except: anyTexts, prefix: anyText }),
  truncate: kind('truncate', { length: fc.integer({ min: 1, max: 40 }) }),
  when: kind('when', {
    operator: fc.constantFrom('is', 'contains', 'is_empty', 'is_filled'),
    value: anyValue,
    give: anyValue,
    otherwise: anyValue,
  }),
}
