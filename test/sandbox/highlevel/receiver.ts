import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Received = { headers: IncomingHttpHeaders; text: string; body: Record<string, unknown> }

/** A status, a connection that is cut, or nothing at all. */
type Reply = number | 'cut' | 'silence'

export type Receiver = {
  url: string
  received: Received[]
  ofType(type: string): Received[]
  /** The next answers; 200 after them. */
  answerWith(...answers: Reply[]): void
  stop(): Promise<void>
}

/** Stands where the app's webhook address would be and keeps what arrives. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  let answers: Reply[] = []
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString('utf8')
    received.push({ headers: req.headers, text, body: JSON.parse(text) })
    const reply = answers.shift() ?? 200
    if (reply === 'cut') req.socket.destroy()
    else if (reply !== 'silence') res.writeHead(reply).end('seen')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/highlevel`,
    received,
    ofType: (type) => received.filter(({ body }) => body.type === type),
    answerWith: (...next) => {
      answers = next
    },
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
