import { Agent, request } from 'node:http'

/** Something to be sent, as the platform would: again and again until somebody answers 200. */
export type Outgoing = { webhookId: string; body: string; signature: string }

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

const NO_ANSWER = 0
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
        const startedAt = performance.now()
        const answer = await post(agent, url, outgoing, () => {
          acknowledged.add(outgoing.webhookId)
          sender.onAcknowledged(url)
        })
        const tookMs = performance.now() - startedAt
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        slowestMs.set(answer.status, Math.max(tookMs, slowestMs.get(answer.status) ?? 0))
        if (answer.status === 429 && !answer.retryAfter) withoutRetryAfter++
        if (answer.status === 200) return
        await pause(answer.status === NO_ANSWER ? 20 : 100)
      }
    },
  }
  return sender
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Resolves with the status as soon as the head of the answer is there. */
const post = (
  agent: Agent,
  url: string,
  { body, signature }: Outgoing,
  onOk: () => void,
): Promise<{ status: number; retryAfter: string | undefined }> =>
  new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-ghl-signature': signature,
    }
    const outgoing = request(`${url}/webhooks/highlevel`, { method: 'POST', agent, headers, timeout: PATIENCE_MS })
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve({ status: NO_ANSWER, retryAfter: undefined }))
    outgoing.on('response', (response) => {
      if (response.statusCode === 200) onOk()
      response.on('error', () => {})
      response.resume()
      resolve({ status: response.statusCode ?? NO_ANSWER, retryAfter: response.headers['retry-after'] })
    })
    outgoing.end(body)
  })
