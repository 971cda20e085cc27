import express, { type Router } from 'express'

export type Control = Record<string, (...args: never[]) => unknown>

/**
 * `POST /:name` with a JSON array of arguments calls a control function from another process. Only `application/json`
 * is read: a page on another origin cannot send that without asking first, and nobody answers its question here.
 */
export function controlRoutes(control: Control): Router {
  const router = express.Router()

  router.post('/:name', express.json({ strict: true, limit: '20mb' }), async (request, response) => {
    const { name } = request.params
    if (!Object.hasOwn(control, name)) {
      response.status(404).json({ error: `There is no control function called ${name}.` })
      return
    }
    if (!Array.isArray(request.body)) {
      response.status(400).json({ error: 'Send the arguments as a JSON array.' })
      return
    }
    try {
      const call = control[name] as (...args: unknown[]) => unknown
      response.json({ result: (await call(...request.body)) ?? null })
    } catch (error) {
      response.status(400).json({ error: error instanceof Error ? error.message : String(error) })
    }
  })

  return router
}
