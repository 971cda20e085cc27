import { isSameMoment } from '../../highlevel/same-moment.ts'

/** Of what is wanted, what is not so yet; undefined where all of it is. Nothing and an empty text are the same. */
export function differing<Wanted extends Record<string, unknown>>(
  known: Record<string, unknown>,
  wanted: Wanted,
): Wanted | undefined {
  const entries = Object.entries(wanted).filter(
    ([key, value]) => value !== undefined && !isSame(key, known[key] ?? '', value ?? ''),
  )
  return entries.length > 0 ? (Object.fromEntries(entries) as Wanted) : undefined
}

const isSame = (key: string, one: unknown, other: unknown): boolean =>
  one === other || (/(?:Date|Time)$/.test(key) && isSameMoment(String(one), String(other)))
