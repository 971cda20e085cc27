import { z } from 'zod'
import type { Field } from '../lib/field.ts'
import { namedOptions } from '../lib/named-options.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

export type Calendar = {
  id: string
  name: string
  /** False for a draft; null where it was not said. */
  isActive: boolean | null
}

const calendarsAnswer = z.object({
  calendars: z.array(
    z.object({
      id: z.string().min(1),
      name: z.string().nullish().catch(null),
      isActive: z.boolean().nullish().catch(null),
    }),
  ),
})

/** The location's calendars, drafts too (HighLevel docs: Get Calendars). */
export async function listCalendars(api: HighLevelApi, locationId: string): Promise<Calendar[]> {
  const call = { method: 'GET', path: '/calendars/', version: '2021-04-15', query: { locationId } } as const
  const { calendars } = readAnswer(calendarsAnswer, await api({ ...call, scope: 'calendars.readonly' }))
  return calendars.map(({ id, name, isActive }) => ({ id, name: name ?? '', isActive: isActive ?? null }))
}

/** The field `calendarId` with the location's calendars to choose from. */
export const withCalendars = (fields: readonly Field[], calendars: readonly Calendar[]): Field[] =>
  fields.map((field) => (field.key === 'calendarId' ? { ...field, ...namedOptions(calendars) } : field))

/** Beside the days there may be anything: an answer's traceId is a neighbour of theirs. */
const slotsAnswer = z.record(z.string(), z.unknown())
const day = z.object({ slots: z.array(z.string()) })

const MOST_DAYS = 31
const DAY_MS = 86_400_000

/**
 * Beginnings of free slots, ISO 8601 with an offset, in order (HighLevel docs: Get Free Slots). `from` and `to` in
 * milliseconds; what is beyond 31 days is not asked for.
 */
export async function listFreeSlots(
  api: HighLevelApi,
  { calendarId, from, to, zone }: { calendarId: string; from: number; to: number; zone?: string | undefined },
): Promise<string[]> {
  const path = `/calendars/${encodeURIComponent(calendarId)}/free-slots`
  const endDate = Math.min(to, from + MOST_DAYS * DAY_MS)
  const query = { startDate: String(from), endDate: String(endDate), ...(zone && { timezone: zone }) }
  const answer = await api({ method: 'GET', path, version: '2021-04-15', query, scope: 'calendars.readonly' })
  const days = Object.entries(readAnswer(slotsAnswer, answer)).filter(([name]) => /^\d{4}-\d\d-\d\d$/.test(name))
  const slots = days.flatMap(([, value]) => readAnswer(day, value).slots)
  return slots.toSorted((one, other) => Date.parse(one) - Date.parse(other))
}
