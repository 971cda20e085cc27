import type { Delivery, DeliveryAttempt } from './data.ts'

/** HighLevel publishes no timeout; receivers are advised to answer at once. */
const TIMEOUT_MS = 10_000
const ANSWER_SHOWN = 500

/** Sends the stored bytes once. No answer, a redirect or anything but 2xx is a failure; the caller decides what then. */
export async function attemptDelivery(
  delivery: Pick<Delivery, 'url' | 'body' | 'signature'>,
  options: { at: number; manual: boolean; signal: AbortSignal },
): Promise<DeliveryAttempt> {
  const started = performance.now()
  const outcome = await post(delivery, options.signal)
  return { ...outcome, at: options.at, tookMs: Math.round(performance.now() - started), manual: options.manual }
}

async function post(
  delivery: Pick<Delivery, 'url' | 'body' | 'signature'>,
  signal: AbortSignal,
): Promise<Pick<DeliveryAttempt, 'status' | 'answer'>> {
  try {
    const response = await fetch(delivery.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: {
        accept: 'application/json, text/plain, */*',
        'content-type': 'application/json',
        'user-agent': 'axios/1.8.4',
        'x-ghl-signature': delivery.signature,
      },
      body: delivery.body,
    })
    return { status: response.status, answer: (await response.text()).slice(0, ANSWER_SHOWN) }
  } catch (error) {
    return { status: null, answer: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  const cause = error.cause instanceof Error ? error.cause.message : error.message
  return cause === '' ? 'connection refused' : cause
}

export const succeeded = (attempt: DeliveryAttempt): boolean =>
  attempt.status !== null && attempt.status >= 200 && attempt.status < 300
