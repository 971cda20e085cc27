import { z } from 'zod'

/** A list that is looked through: rows of `path`; what is said of it goes into each of its events. */
const source = z.object({
  key: z.string(),
  path: z.string(),
  query: z.record(z.string(), z.union([z.string(), z.number()])),
  about: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])),
  /** When it began, ISO 8601: rows of one that began before the first sweep are old news. Null: not said. */
  began: z.string().nullable(),
  /** The owner named it: that it is not there is trouble, not a list that went away meanwhile. */
  isChosen: z.boolean(),
})
export type Source = z.infer<typeof source>

const known = z.object({
  keys: z.array(z.string()),
  /** Not seen in the last sweep, of a list of several pages: a row may have slipped from one page to another. */
  missing: z.array(z.string()),
  /** Of its first page and its total, where it has one: what is equal has nothing new. */
  digest: z.string().nullable(),
})
export type Known = z.infer<typeof known>

const place = z.object({
  version: z.literal(1),
  /** Whether pages are counted from 0 or from 1; null until a list of several pages showed it. */
  firstPage: z.union([z.literal(0), z.literal(1)]).nullable(),
  /** The first sweep only takes note of what is there. */
  isFirst: z.boolean(),
  firstSweptAt: z.number(),
  sweptAt: z.number(),
  /** By source. */
  known: z.record(z.string(), known),
  /** How often something that went away has come back, by source and key. */
  again: z.record(z.string(), z.number()),
  /** One that is under way: the first source is at `page`, and so far `found` these keys. */
  sweep: z
    .object({
      startedAt: z.number(),
      sources: z.array(source),
      page: z.int(),
      found: z.array(z.string()),
      digest: z.string().nullable(),
      done: z.record(z.string(), known),
    })
    .nullable(),
})
export type Place = z.infer<typeof place>
export type Sweep = NonNullable<Place['sweep']>

export const placeOf = (cursor: string | null, now: number): Place =>
  cursor === null ? { ...START, firstSweptAt: now, sweptAt: now } : place.parse(JSON.parse(cursor))

const START = { version: 1, firstPage: null, isFirst: true, known: {}, again: {}, sweep: null } as const
