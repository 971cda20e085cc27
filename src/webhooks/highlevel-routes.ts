import { type RequestHandler, Router } from 'express'
import type { VerifyWebhook } from '../highlevel/webhook-signature.ts'
import { readRawBody } from '../http/read-raw-body.ts'
import { AppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Intake } from './intake.ts'
import { type PrepareDeps, prepareDelivery } from './prepare-delivery.ts'

export type WebhookRouteDeps = PrepareDeps & { verify: VerifyWebhook; intake: Intake; log: Logger }

/** Verification stays far below a millisecond for bodies of this size. */
const MAX_BYTES = 256 * 1024
/** Every published retry policy of the platform repeats on a 429. */
const RETRY_AFTER_SECONDS = 30
/** An answer within two seconds, whatever the database does and however busy the machine is. */
const STORE_DEADLINE_MS = 1500
/** Kept for diagnosis. Nothing secret, nothing personal. */
const KEPT_HEADERS = ['user-agent', 'content-type', 'x-ghl-signature']

export function highLevelWebhookRoutes(deps: WebhookRouteDeps): Router {
  const receive: RequestHandler = async (request, response) => {
    const body = await readRawBody(request, MAX_BYTES)
    const signature = request.get('x-ghl-signature')
    if (!(await deps.verify(body, signature))) throw new AppError('bad_signature')
    const headers = Object.fromEntries(KEPT_HEADERS.map((name) => [name, request.get(name) ?? '']))
    try {
      await within(STORE_DEADLINE_MS, prepareDelivery(deps, { body, headers }).then(deps.intake))
    } catch (error) {
      deps.log.warn({ error }, 'a delivery could not be stored; the sender is asked to repeat it')
      response.setHeader('retry-after', RETRY_AFTER_SECONDS)
      throw new AppError('try_later')
    }
    response.status(200).json({ received: true })
  }
  return Router().post('/webhooks/highlevel', receive)
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The store did not answer in time.')), milliseconds)
  })
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer))
}
