import type { RequestHandler } from 'express'
import type { World } from './world.ts'

/** The pages load nothing from elsewhere, frame the app alone, and send forms to themselves or back to the app. */
export const shellHeaders =
  (world: World): RequestHandler =>
  (_req, res, next) => {
    const { customPageUrl, redirectUris } = world.registration
    res.set({
      'Content-Security-Policy': [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        `frame-src ${originOf(customPageUrl)}`,
        // A browser holds the redirect after a form against this list too.
        `form-action 'self' ${[...new Set(redirectUris.map(originOf))].join(' ')}`,
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'same-origin',
      'Cache-Control': 'no-store',
    })
    next()
  }

/** A template variable may stand in the address, so it need not be a valid one yet. */
const originOf = (address: string): string => /^https?:\/\/[^/?#{]+/.exec(address)?.[0] ?? "'none'"

/** A page of another site must not press the buttons of this one. */
export const ownFormsOnly: RequestHandler = (req, res, next) => {
  const origin = req.get('origin')
  if (req.method === 'GET' || origin === undefined || origin === `${req.protocol}://${req.get('host')}`) return next()
  res.status(403).render('error', { title: 'Not from here', message: 'This form was sent by another site.' })
}
