import { parseCookie } from 'cookie'
import type { CookieOptions, Request } from 'express'

export const readCookie = (request: Request, name: string): string | undefined =>
  parseCookie(request.headers.cookie ?? '')[name]

/** Cookies exist outside the frame only: for the browser that installs, and for operators. */
export const cookieOptions = (baseUrl: string, path: string, maxAgeMs: number): CookieOptions => ({
  httpOnly: true,
  secure: baseUrl.startsWith('https://'),
  path,
  maxAge: maxAgeMs,
})
