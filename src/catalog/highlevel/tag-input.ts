import { z } from 'zod'

const TAGS = 'Enter at least one tag.'

/** Names of tags; blanks among them are passed over. */
export const tags = z
  .array(z.string(TAGS), TAGS)
  .transform((names) => names.map((name) => name.trim()).filter(Boolean))
  .refine((names) => names.length > 0, TAGS)
