import type { RequestHandler } from 'express'

/** Refuses a form that another site's page sent through the visitor's browser. */
export const sameOriginOnly: RequestHandler = (request, response, next) => {
  const site = request.get('sec-fetch-site')
  if (request.method === 'GET' || site === undefined || site === 'same-origin' || site === 'none') return next()
  response.status(403).type('text').send('This form was sent from another site.')
}
