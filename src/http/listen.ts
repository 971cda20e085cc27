import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Express } from 'express'

export type Listening = {
  port: number
  /** Lingers first, if asked to: still takes requests, and with each answer asks the sender to connect elsewhere. */
  close(options?: { lingerMs?: number }): Promise<void>
}

/** Node's default of 5 s closes connections that the sender is about to use again. */
const KEEP_ALIVE_MS = 75_000
/** How long answers under way may take when the server stops. */
const DRAIN_MS = 8000

export async function listen(app: Express, port: number, host?: string): Promise<Listening> {
  const server = createServer(app)
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  const partWays = trackAnswers(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: async ({ lingerMs = 0 } = {}) => {
      partWays()
      if (lingerMs > 0) await sleep(lingerMs)
      await drain(server, lingerMs / 2)
    },
  }
}

/**
 * From the moment the returned function is called, every answer says that it is the last one on its connection: a
 * connection closed without a word may just be carrying the next request.
 */
function trackAnswers(server: Server): () => void {
  const underWay = new Set<ServerResponse>()
  let parting = false
  const sayLast = (response: ServerResponse): void => {
    if (!response.headersSent) response.setHeader('connection', 'close')
  }
  server.prependListener('request', (_request, response) => {
    if (parting) return sayLast(response)
    underWay.add(response)
    response.once('close', () => underWay.delete(response))
  })
  return () => {
    parting = true
    for (const response of underWay) sayLast(response)
  }
}

/**
 * Takes no new connections, lets requests under way finish, and ends what is still open after that. Connections that were
 * just accepted get a moment to say what they came for.
 */
async function drain(server: Server, graceMs: number): Promise<void> {
  const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  // The close of http would end connections without a request at once; that of net leaves them.
  const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()))
  if (graceMs > 0) await Promise.race([closed, sleep(graceMs)])
  server.closeIdleConnections()
  await closed
  clearTimeout(deadline)
}
