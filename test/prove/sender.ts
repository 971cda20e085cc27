import { Agent, request } from 'node:http'

/** Something to be sent, as the platform would: again and again until somebody answers 200. */
export type Outgoing = { webhookId: string; body: string; signature: string }

/** `status` 0 stands for no answer at all. */
export type Answer = { status: number; retryAfter: string | undefined; tookMs: number; isLast: boolean }

export type Sender = {
  /** Resolves when it is acknowledged. */
  send(outgoing: Outgoing): Promise<void>
  acknowledged: Set<string>
  /** How often each status was answered; 0 stands for no answer at all. */
  statuses: Map<number, number>
  /** The longest an answer took, for each status. */
  slowestMs: Map<number, number>
  /** How many 429 came without Retry-After. */
  withoutRetryAfter(): number
  /** Called for each 200, before anything else happens. */
  onAcknowledged: (url: string) => void
}

export const NO_ANSWER = 0
const PATIENCE_MS = 20_000

export function createSender(pickUrl: () => string | undefined): Sender {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const statuses = new Map<number, number>()
  const slowestMs = new Map<number, number>()
  const acknowledged = new Set<string>()
  let withoutRetryAfter = 0

  const sender: Sender = {
    acknowledged,
    statuses,
    slowestMs,
    withoutRetryAfter: () => withoutRetryAfter,
    onAcknowledged: () => {},
    send: async (outgoing) => {
      for (;;) {
        const url = pickUrl()
        if (url === undefined) {
          await pause(20)
          continue
        }
        const { status, retryAfter, tookMs } = await post(agent, url, outgoing, () => {
          acknowledged.add(outgoing.webhookId)
          sender.onAcknowledged(url)
        })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        slowestMs.set(status, Math.max(tookMs, slowestMs.get(status) ?? 0))
        if (status === 429 && !retryAfter) withoutRetryAfter++
        if (status === 200) return
        await pause(status === NO_ANSWER ? 20 : 100)
      }
    },
  }
  return sender
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** One attempt. Resolves as soon as the head of the answer is there. */
export const post = (
  agent: Agent,
  url: string,
  { body, signature }: Outgoing,
  onOk: () => void = () => {},
): Promise<Answer> =>
  new Promise((resolve) => {
    const startedAt = performance.now()
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-ghl-signature': signature,
    }
    const answer = (status: number, retryAfter?: string, isLast = false): void =>
      resolve({ status, retryAfter, tookMs: performance.now() - startedAt, isLast })
    const outgoing = request(`${url}/webhooks/highlevel`, { method: 'POST', agent, headers, timeout: PATIENCE_MS })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => answer(NO_ANSWER))
    outgoing.on('response', (response) => {
      if (response.statusCode === 200) onOk()
      response.on('error', () => {})
      response.resume()
      const { 'retry-after': retryAfter, connection } = response.headers
      answer(response.statusCode ?? NO_ANSWER, retryAfter, connection === 'close')
    })
    outgoing.end(body)
  })
