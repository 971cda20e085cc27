import type { z } from 'zod'
import { Trouble } from '../lib/trouble.ts'

/** Parses an answer, or says which of its fields are missing or of another type. Never quotes a value. */
export const readAnswer = <T>(schema: z.ZodType<T>, answer: unknown): T => parse(schema, answer, false)

/** The same for what answers a write: the write took effect, whether its answer can be read or not. */
export const readWritten = <T>(schema: z.ZodType<T>, answer: unknown): T => parse(schema, answer, true)

function parse<T>(schema: z.ZodType<T>, answer: unknown, outcomeUnknown: boolean): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))].join(', ')
  const detail = `An answer of the platform lacks or misstates: ${fields}.`
  throw new Trouble('unexpected_answer', { detail, outcomeUnknown })
}
