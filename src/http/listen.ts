import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Express } from 'express'

export type Listening = { port: number; close(): Promise<void> }

/** Node's default of 5 s closes connections that the sender is about to use again. */
const KEEP_ALIVE_MS = 75_000
/** How long answers under way may take when the server stops. */
const DRAIN_MS = 8000

export async function listen(app: Express, port: number, host?: string): Promise<Listening> {
  const server = createServer(app)
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return { port: (server.address() as AddressInfo).port, close: () => drain(server) }
}

/** Takes no new requests, lets those under way finish, and ends what is still open after that. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
    server.close(() => {
      clearTimeout(deadline)
      resolve()
    })
    server.closeIdleConnections()
  })
}
