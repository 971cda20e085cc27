import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import helmet from 'helmet'

/**
 * For every answer. Pages load only what this server sends, run no inline script, and may be framed by nobody; a route
 * that may be framed says so itself.
 */
export const securityHeaders = (): RequestHandler => {
  const headers = new Map(Object.entries(securityHeaderValues()))
  return (_request, response, next) => {
    response.setHeaders(headers)
    next()
  }
}

/** The same for every answer, so they are asked for once. */
export function securityHeaderValues(): Record<string, string> {
  const headers: Record<string, string> = {}
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value
    },
    removeHeader: () => {},
  }
  POLICY({} as IncomingMessage, response as unknown as ServerResponse, () => {})
  return headers
}

const POLICY = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Said better by frame-ancestors, and with it here no host could show the settings page.
  frameguard: false,
  referrerPolicy: { policy: 'no-referrer' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  // The page is meant to be opened by another site in a frame and to talk to it.
  crossOriginOpenerPolicy: false,
  strictTransportSecurity: { maxAge: 63_072_000, includeSubDomains: false },
})

/** Lets these origins show the page in a frame. */
export const frameAncestors = (policy: string, origins: readonly string[]): string =>
  policy.replace("frame-ancestors 'none'", `frame-ancestors ${origins.join(' ')}`)
