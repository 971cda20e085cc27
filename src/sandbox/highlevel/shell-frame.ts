import type { Request, RequestHandler, Response } from 'express'
import { worksAt } from './control-contacts.ts'
import type { Location, User } from './data.ts'
import { findLocationInstall } from './installs.ts'
import { findLocation } from './places.ts'
import type { World } from './world.ts'

const ACTING_COOKIE = 'sandbox_acting'

/** What every page of the shell shows around its own matter. */
export type Frame = {
  app: string
  path: string
  place: { id: string; name: string; isInstalled: boolean; isActive: boolean } | null
  people: { id: string; label: string; isActing: boolean }[]
}

export function frameOf(world: World, req: Pick<Request, 'get' | 'path'>, location: Location | null): Frame {
  const acting = location && actingUser(world, req, location)
  const people = location ? world.data.users.filter((user) => worksAt(user, location)) : []
  return {
    app: world.registration.name,
    path: req.path,
    place: location && {
      id: location.id,
      name: location.name,
      isInstalled: findLocationInstall(world, location.id) !== undefined,
      isActive: location.active,
    },
    people: people.map((user) => ({ id: user.id, label: labelOf(user), isActing: user.id === acting?.id })),
  }
}

/** The person chosen in the navigation, if they work at this location; else its admin. */
export function actingUser(world: World, req: Pick<Request, 'get'>, location: Location): User {
  const people = world.data.users.filter((user) => worksAt(user, location))
  const chosen = people.find((user) => user.id === cookieOf(req))
  const acting = chosen ?? people.find((user) => user.type === 'account' && user.role === 'admin') ?? people[0]
  if (acting === undefined) throw new Error(`Nobody works at ${location.name}.`)
  return acting
}

export const actAs = (res: Response, userId: string): void => {
  res.cookie(ACTING_COOKIE, userId, { httpOnly: true, sameSite: 'lax', path: '/' })
}

const cookieOf = (req: Pick<Request, 'get'>): string | undefined =>
  new RegExp(`(?:^|; )${ACTING_COOKIE}=(\\w+)`).exec(req.get('cookie') ?? '')?.[1]

const labelOf = (user: User): string => {
  const role = user.type === 'agency' ? 'agency owner' : user.role === 'admin' ? 'location admin' : 'location user'
  return `${user.firstName} ${user.lastName}, ${role}`
}

type PlaceHandler = (req: Request<Record<string, string>>, res: Response, place: Location) => void | Promise<void>

/** A handler that is given the location in the address; where there is none, a page says so. */
export const atPlace =
  (world: World, handler: PlaceHandler): RequestHandler<Record<string, string>> =>
  async (req, res) => {
    const location = findLocation(world, req.params.locationId ?? '')
    if (location === undefined) {
      res.status(404).render('error', { title: 'Not found', message: 'There is no such location.' })
      return
    }
    await handler(req, res, location)
  }

/** "2026-11-21 06:17:30": the clock of the sandbox, in UTC. */
export const timeLabel = (time: number | string): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ')
