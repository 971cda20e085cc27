import { z } from 'zod'
import type { Transform } from '../connectors/transform.ts'
import { fieldValueShape } from './field-value-shape.ts'

const text = z.string().max(10_000)
const words = z.array(text).max(500)
const short = z.string().max(100)

const simple = <Kind extends string>(kind: Kind) => z.strictObject({ kind: z.literal(kind) })

export const transformShape: z.ZodType<Transform> = z.discriminatedUnion('kind', [
  simple('trim'),
  simple('collapse_spaces'),
  simple('first_name'),
  simple('last_name'),
  simple('plain_text'),
  z.strictObject({ kind: z.literal('case'), to: z.enum(['lower', 'upper', 'title', 'sentence']) }),
  z.strictObject({ kind: z.literal('replace'), find: text, with: text }),
  z.strictObject({ kind: z.literal('default'), value: fieldValueShape }),
  z.strictObject({
    kind: z.literal('lookup'),
    entries: z.array(z.strictObject({ from: text, to: fieldValueShape })).max(500),
    otherwise: z.enum(['keep', 'blank']),
  }),
  z.strictObject({ kind: z.literal('number'), decimal: z.enum(['.', ',']), places: z.int().nullable() }),
  z.strictObject({ kind: z.literal('multiply'), by: z.number(), places: z.int().nullable() }),
  z.strictObject({ kind: z.literal('boolean'), yes: words, no: words }),
  z.strictObject({ kind: z.literal('date'), from: short, to: short, zone: short.nullable() }),
  z.strictObject({ kind: z.literal('shift_date'), amount: z.int(), unit: z.enum(['days', 'hours', 'minutes']) }),
  z.strictObject({
    kind: z.literal('phone'),
    country: short.nullable(),
    form: z.enum(['e164', 'national', 'international']),
  }),
  z.strictObject({ kind: z.literal('split'), separator: short }),
  z.strictObject({ kind: z.literal('join'), separator: short }),
  z.strictObject({ kind: z.literal('pick'), index: z.int() }),
  z.strictObject({ kind: z.literal('tags'), only: words, except: words, prefix: short }),
  z.strictObject({ kind: z.literal('truncate'), length: z.int().min(0) }),
  z.strictObject({
    kind: z.literal('when'),
    operator: z.enum(['is', 'contains', 'is_empty', 'is_filled']),
    value: fieldValueShape,
    give: fieldValueShape,
    otherwise: z.exactOptional(fieldValueShape),
  }),
])
