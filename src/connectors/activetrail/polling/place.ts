import { z } from 'zod'
import { canonicalJson } from '../../../lib/canonical-json.ts'
import type { FieldValues } from '../../../lib/field.ts'
import { keyOf } from './row.ts'

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

const place = z.object({
  version: z.literal(1),
  /** What the trigger was told, as a key: told something else, it begins anew. */
  told: z.string(),
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

/** Where a poll goes on from, or begins. `hasExpired`: an older version left a cursor that this one cannot read. */
export function placeOf(
  cursor: string | null,
  options: FieldValues,
  now: number,
): { place: Place; hasExpired: boolean } {
  const told = keyOf(canonicalJson(options))
  const start: Place = { ...START, known: {}, again: {}, told, firstSweptAt: now, sweptAt: now }
  if (cursor === null) return { place: start, hasExpired: false }
  const { data } = place.safeParse(parsed(cursor))
  if (!data) return { place: start, hasExpired: true }
  return { place: data.told === told ? data : start, hasExpired: false }
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(cursor)
  } catch {
    return undefined
  }
}

const START = { version: 1, firstPage: null, isFirst: true, sweep: null } as const
