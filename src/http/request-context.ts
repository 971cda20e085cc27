import type { RequestHandler } from 'express'
import { newId } from '../lib/ids.ts'
import type { Logger } from '../lib/logger.ts'

/** Gives each request an id, under which people report and the log explains. */
export const requestContext =
  (log: Logger): RequestHandler =>
  (request, response, next) => {
    const requestId = newId()
    response.locals.requestId = requestId
    response.setHeader('x-request-id', requestId)
    const startedAt = performance.now()
    response.on('finish', () => {
      const milliseconds = Math.round(performance.now() - startedAt)
      // The route's pattern, not the address: addresses can hold ids, hints and codes.
      const route = request.route?.path ?? 'unmatched'
      log.debug({ requestId, method: request.method, route, status: response.statusCode, milliseconds }, 'request')
    })
    next()
  }
