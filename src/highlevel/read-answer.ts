import type { z } from 'zod'
import { Trouble } from '../lib/trouble.ts'

/** Parses an answer, or says which of its fields are missing or of another type. Never quotes a value. */
export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  const fields = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))].join(', ')
  throw new Trouble('unexpected_answer', { detail: `An answer of the platform lacks or misstates: ${fields}.` })
}
