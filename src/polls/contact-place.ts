import { z } from 'zod'

/** How far looking for changed contacts has come. All times in milliseconds, by the platform's clock but `oursAt`. */
const contactPlace = z.object({
  /** When it began: what was before is not told. */
  since: z.number(),
  /** Everything up to then is settled. */
  upTo: z.number(),
  /** When it was last looked, by both clocks: the platform's may be set back. */
  at: z.number(),
  oursAt: z.number(),
  /** A reading that is under way: down to `from`, behind `after`; when it is through, everything up to `target` is settled. */
  reading: z.object({ from: z.number(), target: z.number(), after: z.array(z.unknown()) }).nullable(),
})

export type ContactPlace = z.infer<typeof contactPlace>

/** Null where nobody has looked yet, or what is stored is of another version: then it begins anew. */
export const readContactPlace = (stored: unknown): ContactPlace | null => contactPlace.safeParse(stored).data ?? null
