import { IANAZone } from 'luxon'
import { z } from 'zod'
import type { Transform } from '../../connectors/transform.ts'
import { isName } from '../transforms/change-date.ts'
import { findPatternFault } from '../transforms/date-pattern.ts'
import { LONGEST_SEARCH, LONGEST_TEXT } from '../transforms/limits.ts'
import { fieldValue, LONGEST, storedList, storedText } from './value-schemas.ts'

const places = z.int().min(0).max(10, 'Numbers have at most 10 places.').nullable()
const searched = storedText(LONGEST_SEARCH)
const country = z.string().regex(/^[A-Z]{2}$/, 'A country is two capital letters, such as DE.')
const zone = z.string().refine((name) => IANAZone.isValidZone(name), 'Choose a time zone, such as Europe/Berlin.')

const pattern = z.string().check(({ value, issues }) => {
  const fault = isName(value) ? undefined : findPatternFault(value)
  if (fault) issues.push({ code: 'custom', message: fault, input: value })
})

const lookup = {
  entries: z
    .array(z.strictObject({ from: storedText(1_000), to: fieldValue }))
    .max(500, 'A table has at most 500 entries.'),
  otherwise: z.enum(['keep', 'blank']),
}

const when = {
  operator: z.enum(['is', 'contains', 'is_empty', 'is_filled']),
  value: fieldValue,
  give: fieldValue,
  otherwise: fieldValue.exactOptional(),
}

const kind = <Kind extends string, Shape extends z.ZodRawShape>(name: Kind, shape: Shape) =>
  z.strictObject({ kind: z.literal(name), ...shape })

/** The shape of every transform, bounded. */
export const transformSchema: z.ZodType<Transform> = z.discriminatedUnion('kind', [
  kind('trim', {}),
  kind('collapse_spaces', {}),
  kind('case', { to: z.enum(['lower', 'upper', 'title', 'sentence']) }),
  kind('first_name', {}),
  kind('last_name', {}),
  kind('plain_text', {}),
  kind('replace', { find: searched.min(1, 'Say what is to be replaced.'), with: storedText(LONGEST) }),
  kind('default', { value: fieldValue }),
  kind('lookup', lookup),
  kind('number', { decimal: z.enum(['.', ',']), places }),
  kind('multiply', { by: z.number(), places }),
  kind('boolean', { yes: storedList, no: storedList }),
  kind('date', { from: pattern, to: pattern, zone: zone.nullable() }),
  kind('shift_date', {
    amount: z.int().min(-1_000_000).max(1_000_000, 'A date is moved by at most a million.'),
    unit: z.enum(['days', 'hours', 'minutes']),
  }),
  kind('phone', { country: country.nullable(), form: z.enum(['e164', 'national', 'international']) }),
  kind('split', { separator: searched.min(1, 'Say what separates the parts.') }),
  kind('join', { separator: searched }),
  kind('pick', { index: z.int().min(-1_000).max(1_000) }),
  kind('tags', { only: storedList, except: storedList, prefix: storedText(100) }),
  kind('truncate', { length: z.int().min(1, 'A text keeps at least one character.').max(LONGEST_TEXT) }),
  kind('when', when),
])
