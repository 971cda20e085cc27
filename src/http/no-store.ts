import type { RequestHandler } from 'express'

/** For what is about one person or one account: no cache keeps it. */
export const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store')
  next()
}
