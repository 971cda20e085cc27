import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Received = { headers: IncomingHttpHeaders; text: string; body: Record<string, unknown> }

export type Receiver = {
  url: string
  received: Received[]
  ofType(type: string): Received[]
  /** The statuses of the next answers; 200 after them. `null` cuts the connection. */
  answerWith(...statuses: (number | null)[]): void
  stop(): Promise<void>
}

/** Stands where the app's webhook address would be and keeps what arrives. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  let statuses: (number | null)[] = []
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    received.push({ headers: req.headers, text, body: JSON.parse(text) })
    const status = statuses.length > 0 ? statuses.shift() : 200
    if (status === null) return void req.socket.destroy()
    res.writeHead(status ?? 200).end('seen')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/highlevel`,
    received,
    ofType: (type) => received.filter(({ body }) => body.type === type),
    answerWith: (...next) => {
      statuses = next
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
