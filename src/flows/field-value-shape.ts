import { z } from 'zod'
import type { FieldValue } from '../lib/field.ts'

const text = z.string().max(10_000)

export const fieldValueShape: z.ZodType<FieldValue> = z.union([
  text,
  z.number(),
  z.boolean(),
  z.array(text).max(500),
  z.null(),
])
