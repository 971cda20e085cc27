import express, { type Request, type Response, Router } from 'express'
import { type ConsentRequest, readConsentRequest, redirectWithCode } from './consent.ts'
import { type InstallDeps, installCompany, installLocation } from './installs.ts'
import { findAdminId, findLocation, findOwnerId, listCompanyLocations } from './places.ts'
import type { World } from './world.ts'

const PATHS = ['/oauth/chooselocation', '/v2/oauth/chooselocation']

/** The page where someone decides where the app may go. */
export function consentRoutes(deps: InstallDeps): Router {
  const { world } = deps
  const router = Router()

  router.get(PATHS, (req, res) => {
    const request = readOrRefuse(world, req, res)
    if (request === undefined) return
    res.render('consent', {
      title: `Install ${world.registration.name}`,
      app: world.registration.name,
      scopes: request.scopes,
      action: req.originalUrl,
      companies: choicesOf(world),
      problem: req.query.problem === 'choice' ? 'Choose where the app may go.' : null,
    })
  })

  router.post(PATHS, express.urlencoded({ extended: false }), async (req, res) => {
    const request = readOrRefuse(world, req, res)
    if (request === undefined) return
    const code = install(deps, request, req.body)
    if (code === undefined) return res.redirect(303, withProblem(req))
    await world.flush()
    res.redirect(303, redirectWithCode(request.redirectUri, code, request.state))
  })

  return router
}

function readOrRefuse(world: World, req: Request, res: Response): ConsentRequest | undefined {
  const needsVersionId = req.path.startsWith('/v2/')
  const reading = readConsentRequest(world, req.query, { needsVersionId, host: req.get('host') })
  if (reading.ok) return reading.request
  res.status(400).render('error', { title: 'This app cannot be installed', message: reading.message })
  return undefined
}

/** `target` is location:<id> (its admin installs), all:<company> or some:<company> (the agency's owner does). */
function install(
  deps: InstallDeps,
  { clientId, scopes }: ConsentRequest,
  body: Record<string, unknown>,
): string | undefined {
  const { world } = deps
  const [kind, id = ''] = String(body.target ?? '').split(':')
  if (kind === 'location' && findLocation(world, id) !== undefined) {
    return installLocation(deps, { locationId: id, userId: findAdminId(world, id), clientId, scopes })
  }
  if (kind === 'location' || !world.data.companies.some((company) => company.id === id)) return undefined
  const ticked = [body[`locations-${id}`] ?? []].flat().map(String)
  if (kind === 'some' && ticked.length === 0) return undefined
  return installCompany(deps, {
    companyId: id,
    userId: findOwnerId(world, id),
    clientId,
    scopes,
    locationIds: kind === 'all' ? 'all' : ticked,
    futureLocations: kind === 'all' && body[`future-${id}`] === 'on',
  })
}

function withProblem(req: Request): string {
  const url = new URL(req.originalUrl, 'http://sandbox')
  url.searchParams.set('problem', 'choice')
  return url.pathname + url.search
}

const choicesOf = (world: World): object[] =>
  world.data.companies.map(({ id, name }) => ({
    id,
    name,
    owner: nameOf(world, findOwnerId(world, id)),
    locations: listCompanyLocations(world, id).map((one) => ({
      id: one.id,
      name: one.name,
      admin: nameOf(world, findAdminId(world, one.id)),
    })),
  }))

function nameOf(world: World, userId: string): string {
  const user = world.data.users.find((one) => one.id === userId)
  return user ? `${user.firstName} ${user.lastName}` : ''
}
