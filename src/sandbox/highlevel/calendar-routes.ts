import { type Request, Router } from 'express'
import { DateTime } from 'luxon'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import { calendarsOf } from './calendars.ts'
import { freeSlots } from './free-slots.ts'
import type { InstallDeps } from './installs.ts'
import { badRequest, notFound } from './refusal.ts'
import type { World } from './world.ts'

const MOST_MS = 31 * 86_400_000

export function calendarRoutes({ world }: InstallDeps, access: Access): Router {
  const router = Router()
  const mayRead = access({ classes: ['Location'], scope: 'calendars.readonly' })

  router.get('/calendars/', mayRead, (req, res) => {
    const { locationId } = req.query
    if (typeof locationId !== 'string') throw badRequest('locationId must be a string')
    checkReaches(world, tokenOf(res), locationId)
    answer(res, 200, { calendars: calendarsOf(locationId).map((one) => ({ ...one, eventType: EVENT_TYPE })) })
  })

  router.get('/calendars/:calendarId/free-slots', mayRead, (req: Request<{ calendarId: string }>, res) => {
    const { calendarId } = req.params
    const locationId = tokenOf(res).locationId ?? ''
    if (!hasCalendar(locationId, calendarId)) throw notFound('The calendar was not found.')
    const { from, to, zone } = parseSlots(world, req, locationId)
    answer(res, 200, byDay(freeSlots(world, { locationId, calendarId }, from, to), zone))
  })

  return router
}

const EVENT_TYPE = 'RoundRobin_OptimizeForAvailability'

const hasCalendar = (locationId: string, calendarId: string): boolean =>
  calendarsOf(locationId).some(({ id }) => id === calendarId)

/** HighLevel docs, Get Free Slots: milliseconds, and no more than 31 days. */
function parseSlots(world: World, { query }: Request<{ calendarId: string }>, locationId: string) {
  const [from, to] = [Number(query.startDate), Number(query.endDate)]
  if (!Number.isInteger(from) || !Number.isInteger(to)) throw badRequest('startDate and endDate must be numbers')
  if (from > to || to - from > MOST_MS) throw badRequest('The range of dates must be less than 31 days')
  const zone = String(query.timezone ?? world.locations.get(locationId)?.timezone ?? 'UTC')
  if (!DateTime.local({ zone }).isValid) throw badRequest('timezone is not valid')
  return { from, to, zone }
}

function byDay(slots: DateTime[], zone: string): Record<string, { slots: string[] }> {
  const days: Record<string, { slots: string[] }> = {}
  for (const slot of slots.map((one) => one.setZone(zone))) {
    const day = slot.toISODate() ?? ''
    days[day] ??= { slots: [] }
    days[day].slots.push(slot.toISO({ suppressMilliseconds: true }) ?? '')
  }
  return days
}
