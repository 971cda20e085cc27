import express, { type RequestHandler, Router } from 'express'

export type Control = Record<string, (...args: never[]) => unknown>

/** The control functions for tests and scripts in another process: POST the arguments as a JSON array. */
export function controlRoutes(control: Control): Router {
  const call: RequestHandler<{ name: string }> = async (request, response) => {
    const run = Object.hasOwn(control, request.params.name) ? control[request.params.name] : undefined
    if (run === undefined) return void response.status(404).json({ message: `There is no ${request.params.name}.` })
    if (!Array.isArray(request.body)) {
      return void response.status(400).json({ message: 'Send the arguments as a JSON array.' })
    }
    try {
      const result = await (run as (...args: unknown[]) => unknown)(...request.body)
      response.json(result ?? null)
    } catch (error) {
      response.status(400).json({ message: error instanceof Error ? error.message : 'It did not work.' })
    }
  }
  return Router()
    .use('/_sandbox', loopbackOnly)
    .post('/_sandbox/control/:name', express.json({ limit: '20mb' }), call)
}

/** From this machine, by its own name, and not from a page that some browser here has open. */
const loopbackOnly: RequestHandler = (request, response, next) => {
  const { socket, hostname } = request
  if (isLoopbackAddress(socket.remoteAddress) && isLoopbackName(hostname) && request.get('origin') === undefined) {
    return next()
  }
  response.status(403).json({ message: 'The control functions answer this machine only.' })
}

const isLoopbackAddress = (address = ''): boolean => /^(::1|(::ffff:)?127\.)/.test(address)
const isLoopbackName = (name = ''): boolean => name === 'localhost' || name === '[::1]' || /^127(\.\d+){3}$/.test(name)
