import { join } from 'node:path'
import express, { type Response, Router } from 'express'
import type { InstallDeps } from './installs.ts'
import { appPageRoutes } from './shell-app-routes.ts'
import { contactPageRoutes } from './shell-contact-routes.ts'
import { deliveryPageRoutes } from './shell-delivery-routes.ts'
import { actAs, frameOf } from './shell-frame.ts'
import { homeView } from './shell-home.ts'

const PUBLIC = join(import.meta.dirname, '../../../public')

/** The pages a person clicks through: a small stand-in for the platform's own application. */
export function shellRoutes(deps: InstallDeps): Router {
  const { world } = deps
  const router = Router()

  router.get(['/sandbox.css', '/sandbox.js'], (req, res) => res.sendFile(join(PUBLIC, req.path)))

  router.get('/', (req, res) => {
    res.render('home', { title: 'Start here', frame: frameOf(world, req, null), ...homeView(world) })
  })

  router.post('/acting', express.urlencoded({ extended: false }), (req, res) => {
    actAs(res, String(req.body.userId ?? ''))
    backTo(res, String(req.body.back ?? '/'))
  })

  router.use(contactPageRoutes(deps), appPageRoutes(deps), deliveryPageRoutes(deps))
  return router
}

/** Only to pages of our own: "//elsewhere" would be another site. */
const backTo = (res: Response, path: string): void => res.redirect(303, /^\/(?![/\\])/.test(path) ? path : '/')
