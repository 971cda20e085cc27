import type { Request, RequestHandler, Response } from 'express'
import type { Location, User } from './data.ts'
import { findLocationInstall } from './installs.ts'
import { findLocation, worksAt } from './places.ts'
import type { World } from './world.ts'

const ACTING_COOKIE = 'sandbox_acting'
const PLACE_COOKIE = 'sandbox_place'

/** What every page of the shell shows around its own matter. */
export type Frame = {
  app: string
  path: string
  place: { id: string; name: string; isInstalled: boolean; isActive: boolean } | null
  people: { id: string; label: string; isActing: boolean }[]
}

/** Pages that belong to no location keep the one last seen in the navigation. */
export function frameOf(world: World, req: Pick<Request, 'get' | 'path'>, here: Location | null): Frame {
  const location = here ?? findLocation(world, cookieOf(req, PLACE_COOKIE) ?? '') ?? null
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
  const chosen = people.find((user) => user.id === cookieOf(req, ACTING_COOKIE))
  const acting = chosen ?? people.find((user) => user.type === 'account' && user.role === 'admin') ?? people[0]
  if (acting === undefined) throw new Error(`Nobody works at ${location.name}.`)
  return acting
}

export const actAs = (res: Response, userId: string): void => remember(res, ACTING_COOKIE, userId)

const remember = (res: Response, name: string, value: string): void => {
  res.cookie(name, value, { httpOnly: true, sameSite: 'lax', path: '/' })
}

const cookieOf = (req: Pick<Request, 'get'>, name: string): string | undefined =>
  new RegExp(`(?:^|; )${name}=(\\w+)`).exec(req.get('cookie') ?? '')?.[1]

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
    remember(res, PLACE_COOKIE, location.id)
    await handler(req, res, location)
  }

/** "2026-11-21 06:17:30": the clock of the sandbox, in UTC. */
export const timeLabel = (time: number | string): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ')
