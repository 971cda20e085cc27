import { DateTime } from 'luxon'
import type { World } from './world.ts'

const SLOT_MINUTES = 30
const [OPENS, CLOSES] = [9, 17]

/** Open from nine to five, every day, by the clock of the location: half hours that are neither past nor taken. */
export function freeSlots(world: World, place: SlotPlace, from: number, to: number): DateTime[] {
  const zone = world.locations.get(place.locationId)?.timezone ?? 'UTC'
  const taken = takenIn(world, place)
  const slots: DateTime[] = []
  for (
    let day = DateTime.fromMillis(from, { zone }).startOf('day');
    day.toMillis() <= to;
    day = day.plus({ days: 1 })
  ) {
    slots.push(...slotsOf(day))
  }
  const first = Math.max(from, world.now())
  return slots.filter((slot) => slot.toMillis() >= first && slot.toMillis() <= to && !taken.has(slot.toMillis()))
}

export type SlotPlace = { locationId: string; calendarId: string }

const slotsOf = (day: DateTime): DateTime[] =>
  Array.from({ length: ((CLOSES - OPENS) * 60) / SLOT_MINUTES }, (_, index) =>
    day.set({ hour: OPENS + Math.floor(index / 2), minute: (index % 2) * SLOT_MINUTES }),
  )

const takenIn = (world: World, { locationId, calendarId }: SlotPlace): Set<number> =>
  new Set(
    world.appointments
      .list('locationId', locationId)
      .filter((one) => one.calendarId === calendarId && one.appointmentStatus !== 'cancelled')
      .map(({ startTime }) => Date.parse(startTime)),
  )

export const isFree = (world: World, place: SlotPlace, at: number): boolean =>
  freeSlots(world, place, at, at).some((slot) => slot.toMillis() === at)
