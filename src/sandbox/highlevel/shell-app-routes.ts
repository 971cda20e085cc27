import { type Response, Router } from 'express'
import { customPageAddress } from './custom-page.ts'
import { installAddress } from './install-address.ts'
import { findInstall, findLocationInstall, type InstallDeps, uninstall } from './installs.ts'
import { findOwnerId, getUser } from './places.ts'
import { actingUser, atPlace, frameOf, timeLabel } from './shell-frame.ts'
import { sealUserData } from './user-data.ts'

/** The app's own page in the marketplace, and its Custom Page inside the host. */
export function appPageRoutes(deps: InstallDeps): Router {
  const { world } = deps
  const router = Router()
  const isCompany = (id: string): boolean => world.data.companies.some((company) => company.id === id)
  const sendUserData = (res: Response, userId: string, locationId: string | null): void => {
    res.json({ payload: sealUserData(world, userId, locationId) })
  }

  router.get(
    '/location/:locationId/app',
    atPlace(world, (req, res, place) => {
      const install = findLocationInstall(world, place.id)
      const agencyInstall = findInstall(world, { companyId: place.companyId, locationId: null })
      res.render('app', {
        title: world.registration.name,
        frame: frameOf(world, req, place),
        installAddress: installAddress(world),
        install: install && {
          since: timeLabel(install.installedAt),
          scopes: install.scopes,
          viaCompany: install.viaCompany,
        },
        agency: agencyInstall && { id: place.companyId },
      })
    }),
  )
  router.post(
    '/location/:locationId/uninstall',
    atPlace(world, (_req, res, place) => {
      uninstall(deps, { locationId: place.id })
      res.redirect(303, `/location/${place.id}/app`)
    }),
  )
  router.post('/agency/:companyId/uninstall', (req, res) => {
    if (isCompany(req.params.companyId)) uninstall(deps, { companyId: req.params.companyId })
    res.redirect(303, '/')
  })

  router.get(
    '/location/:locationId/custom-page',
    atPlace(world, (req, res, place) => {
      res.render('custom-page', {
        title: world.registration.name,
        frame: frameOf(world, req, place),
        address: customPageAddress(world, actingUser(world, req, place), place),
        userDataPath: `/location/${place.id}/user-data`,
        answerAfterMs: world.switches.userDataDelayMs,
      })
    }),
  )
  router.get(
    '/location/:locationId/user-data',
    atPlace(world, (req, res, place) => sendUserData(res, actingUser(world, req, place).id, place.id)),
  )

  /** The agency's own view: the same page, and no active location in what it is told. */
  router.get('/agency/:companyId/custom-page', (req, res, next) => {
    const { companyId } = req.params
    if (!isCompany(companyId)) return next()
    res.render('custom-page', {
      title: world.registration.name,
      frame: frameOf(world, req, null),
      address: customPageAddress(world, getUser(world, findOwnerId(world, companyId)), null),
      userDataPath: `/agency/${companyId}/user-data`,
      answerAfterMs: world.switches.userDataDelayMs,
    })
  })
  router.get('/agency/:companyId/user-data', (req, res, next) => {
    if (!isCompany(req.params.companyId)) return next()
    sendUserData(res, findOwnerId(world, req.params.companyId), null)
  })

  return router
}
