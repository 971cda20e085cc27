import { Router } from 'express'
import { type Access, checkReaches, tokenOf } from './access.ts'
import { answer } from './answer.ts'
import type { User } from './data.ts'
import type { InstallDeps } from './installs.ts'
import { findLocation, worksAt } from './places.ts'
import { otherTenant, unprocessable } from './refusal.ts'

const DEFAULT_LIMIT = 25

/** HighLevel docs, Search Users: what is in the query is text, numbers too. */
export function userRoutes({ world }: InstallDeps, access: Access): Router {
  const router = Router()
  const mayRead = access({ classes: ['Location', 'Company'], scope: 'users.readonly' })

  router.get('/users/search', mayRead, (req, res) => {
    const { companyId, locationId, query = '', skip = '0', limit = String(DEFAULT_LIMIT) } = req.query
    if (typeof companyId !== 'string')
      throw unprocessable(['companyId must be a string', 'companyId should not be empty'])
    if (tokenOf(res).companyId !== companyId) throw otherTenant()
    if (locationId !== undefined) checkReaches(world, tokenOf(res), String(locationId))
    const location = locationId === undefined ? undefined : findLocation(world, String(locationId))
    const found = world.data.users
      .filter((user) => user.companyId === companyId && (!location || worksAt(user, location)))
      .filter((user) => nameOf(user).toLowerCase().includes(String(query).toLowerCase()))
    const page = found.slice(Number(skip), Number(skip) + Number(limit))
    answer(res, 200, { users: page.map(userView), count: found.length })
  })

  return router
}

const nameOf = ({ firstName, lastName }: User): string => `${firstName} ${lastName}`.trim()

const userView = (user: User): object => ({
  id: user.id,
  name: nameOf(user),
  firstName: user.firstName,
  lastName: user.lastName,
  email: user.email,
  phone: user.phone,
  extension: '',
  roles: { type: user.type, role: user.role, locationIds: user.locationIds, restrictSubAccount: false },
  deleted: false,
})
