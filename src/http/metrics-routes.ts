import { Router } from 'express'
import type { Registry } from 'prom-client'
import { sameSecret } from '../lib/hash.ts'

/** `/metrics` for Prometheus, to whoever brings the token; without one in the settings there is no such door. */
export function metricsRoutes({ token, registry }: { token: string | null; registry: Registry }): Router {
  return Router().get('/metrics', async (request, response, next) => {
    if (token === null) return next()
    const brought = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (brought === undefined || !sameSecret(brought, token)) {
      response
        .status(401)
        .set('www-authenticate', 'Bearer')
        .json({ error: { code: 'not_signed_in' } })
      return
    }
    response
      .set('cache-control', 'no-store')
      .type(registry.contentType)
      .send(await registry.metrics())
  })
}
