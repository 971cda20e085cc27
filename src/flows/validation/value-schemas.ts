import { z } from 'zod'
import type { FieldValue } from '../../lib/field.ts'

export const LONGEST = 10_000

/** What Postgres can keep in jsonb, and a page can show. */
export const storedText = (
  most: number,
  sentence = `A text here has at most ${most.toLocaleString('en')} characters.`,
) =>
  z
    .string()
    .max(most, sentence)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'The text has a character that cannot be stored.')

/** Names of fields, steps and operations. */
export const nameText = storedText(300, 'This name is too long.').min(1, 'Choose one.')

export const storedList = z.array(storedText(1_000)).max(200, 'A list here has at most 200 entries.')

export const fieldValue: z.ZodType<FieldValue> = z.union([
  storedText(LONGEST),
  z.number(),
  z.boolean(),
  storedList,
  z.null(),
])
