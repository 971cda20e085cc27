import express, { type Request, type RequestHandler, Router } from 'express'
import type { Control } from './control.ts'

/** The control functions for tests and scripts in another process: POST the arguments as a JSON array. */
export function controlRoutes(control: Control): Router {
  const router = Router()
  const functions = new Map(Object.entries(control)) as Map<string, (...args: unknown[]) => unknown>

  router.use('/_sandbox', loopbackOnly)
  router.post(
    '/_sandbox/control/:name',
    express.json({ limit: '5mb' }),
    async (req: Request<{ name: string }>, res) => {
      const run = functions.get(req.params.name)
      if (run === undefined) return void res.status(404).json({ message: `There is no ${req.params.name}.` })
      if (!Array.isArray(req.body)) return void res.status(400).json({ message: 'Send the arguments as a JSON array.' })
      try {
        res.json((await run(...req.body)) ?? null)
      } catch (error) {
        res.status(400).json({ message: error instanceof Error ? error.message : 'It did not work.' })
      }
    },
  )
  return router
}

/** From this machine, by its own name, and not from a page that some browser here has open. */
const loopbackOnly: RequestHandler = (req, res, next) => {
  if (isLoopbackAddress(req.socket.remoteAddress) && isLoopbackName(req.hostname) && req.get('origin') === undefined) {
    return next()
  }
  res.status(403).json({ message: 'The control functions answer this machine only.' })
}

const isLoopbackAddress = (address = ''): boolean => /^(::1|(::ffff:)?127\.)/.test(address)
const isLoopbackName = (name = ''): boolean => name === 'localhost' || name === '[::1]' || /^127(\.\d+){3}$/.test(name)
