import { fileURLToPath } from 'node:url'
import express, { type Express, type Router } from 'express'
import { errorHandler, notFound } from './http/error-handler.ts'
import { requestContext } from './http/request-context.ts'
import { securityHeaders } from './http/security-headers.ts'
import type { Logger } from './lib/logger.ts'

/** Every door of the product, in the order in which a request meets them. */
export type Doors = {
  log: Logger
  health: Router
  webhooks: Router
  hooks: Router
  metrics: Router
  install: Router
  settings: Router
  decisions: Router
  backfills: Router
  console: Router
}

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url))

export function createApp(doors: Doors): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('query parser', 'simple')
  app.set('views', path('../views'))
  app.set('view engine', 'ejs')
  app.set('view cache', true)

  app.use(doors.webhooks) // POST /webhooks/highlevel, before everything: it needs the bytes as they came, and little else
  app.use(doors.hooks) //    POST /hooks/:connectionId/:secret, likewise: partners, each at an address that holds a secret
  app.use(requestContext(doors.log))
  app.use(securityHeaders())
  app.use(doors.health) //   GET  /healthz /readyz
  app.use(doors.metrics) //  GET  /metrics, by bearer
  app.use(doors.install) //  GET  /oauth/install /oauth/callback
  app.use(doors.settings) // /settings: the embedded page, by bearer
  app.use(doors.decisions) // /settings/conflicts, /settings/history: what owners decide and take back
  app.use(doors.backfills) // /settings/backfills: imports, by the page's bearer
  app.use(doors.console) //  /admin: the operator's console, by cookie
  // Asked for anew each time, and mostly answered 304: after an upgrade no page meets the scripts of the version before.
  app.use('/assets', express.static(path('../public'), { index: false, maxAge: 0 }))
  app.use(notFound)
  app.use(errorHandler(doors.log))
  return app
}
