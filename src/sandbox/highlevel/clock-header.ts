import type { RequestHandler } from 'express'
import type { Clock } from '../../lib/clock.ts'

/** Answers tell the time of the sandbox, which tests move, and not that of the machine. */
export const clockHeader =
  (now: Clock): RequestHandler =>
  (_req, res, next) => {
    // When the answer leaves, not when the question came: an answer can be late.
    res.writeHead = new Proxy(res.writeHead, {
      apply: (writeHead, self, args) => {
        if (!res.hasHeader('date')) res.setHeader('date', new Date(now()).toUTCString())
        return Reflect.apply(writeHead, self, args)
      },
    })
    next()
  }
