import { z } from 'zod'

/** How far reading the list of open tasks has come. Times in milliseconds, by our clock. */
const taskPlace = z.object({
  /** When the pass under way began, and when the one before it did: null while the first is under way, which tells nothing. */
  passAt: z.number(),
  lastPassAt: z.number().nullable(),
  /** How many of the list it has read. Null: through, and what it did not meet is being looked at one by one. */
  skip: z.number().nullable(),
})

export type TaskPlace = z.infer<typeof taskPlace>

/** Null where nobody has looked yet, or what is stored is of another version: then it begins anew. */
export const readTaskPlace = (stored: unknown): TaskPlace | null => taskPlace.safeParse(stored).data ?? null
