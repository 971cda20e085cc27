import type { IncomingMessage, ServerResponse } from 'node:http'
import { announcedBytes, readRawBody } from '../http/read-raw-body.ts'
import { AppError, type ErrorCode, isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'
import { createOccasionally } from '../lib/occasionally.ts'
import type { NewDelivery } from './delivery-store.ts'
import { createAnswers } from './door-answers.ts'
import type { Gate } from './gate.ts'
import type { Intake } from './intake.ts'
import type { IntakeCounts } from './intake-counts.ts'
import { type IntakeOutcome, outcomeOf } from './intake-outcome.ts'

/** What is particular to one sender's webhooks. */
export type DoorKind<Request extends IncomingMessage, Offer> = {
  /** As the delivery names it; counted under this name. */
  source(request: Request): string
  /** Judged by the headers alone. Throws `Unwelcome` for whoever need not even send the body. */
  screen(request: Request): Offer
  /** What is to be stored of the bytes. Throws `Unwelcome` for a bad signature; anything else asks the sender to repeat. */
  prepare(request: Request, body: Buffer, offer: Offer): Promise<NewDelivery>
}

/** Thrown by a door for what is refused for good. */
export class Unwelcome extends Error {
  override readonly name = 'Unwelcome'
  readonly outcome: 'unsigned' | 'malformed' | 'forged' | 'unknown_address'

  constructor(outcome: Unwelcome['outcome']) {
    super(outcome)
    this.outcome = outcome
  }
}

export type DoorDeps = { intake: Intake; gate: Gate; counts: IntakeCounts; log: Logger; random?: () => number }

/** Verification stays far below a millisecond for bodies of this size. */
const MAX_BYTES = 256 * 1024
/** How long a sender may take over its body. Those who mean it send it at once. */
const BODY_MS = 10_000
/** An answer within two seconds, whatever the database does and however busy the machine is. */
const STORE_DEADLINE_MS = 1500
const SAY_EVERY_MS = 5000

/**
 * A door that webhooks come in by: judged by their headers, then by the room there is, read, verified, stored, answered.
 * What cannot be stored now is answered 429, which every published retry policy repeats; never a 5xx. Headers and body of
 * an answer depend on its outcome alone, and are made beforehand.
 */
export function createWebhookDoor<Request extends IncomingMessage, Offer>(
  deps: DoorDeps,
  kind: DoorKind<Request, Offer>,
): (request: Request, response: ServerResponse) => Promise<void> {
  const occasionally = createOccasionally(SAY_EVERY_MS)
  const answer = createAnswers(deps.random ?? Math.random)
  const explain = (error: unknown): IntakeOutcome => {
    const outcome = outcomeOfError(error)
    if (outcome === 'try_later') {
      occasionally((times) =>
        deps.log.warn({ error, times }, 'deliveries could not be stored; the senders are asked to repeat them'),
      )
    }
    return outcome
  }
  return async (request, response) => {
    const outcome = await receive(deps, kind, request).catch(explain)
    deps.counts.count(kind.source(request), outcome)
    answer(request, response, outcome)
  }
}

async function receive<Request extends IncomingMessage, Offer>(
  deps: DoorDeps,
  kind: DoorKind<Request, Offer>,
  request: Request,
): Promise<IntakeOutcome> {
  const bytes = announcedBytes(request, MAX_BYTES)
  const offer = kind.screen(request)
  const leave = deps.gate.enter(bytes)
  if (!leave) throw new AppError('try_later')
  const body = await readRawBody(request, { maxBytes: MAX_BYTES, withinMs: BODY_MS }).catch((error) => {
    leave()
    throw error
  })
  const kept = keep(deps, kind, request, body, offer)
  kept.then(leave, leave) // what waits to be stored is held for longer than its sender waits
  return within(STORE_DEADLINE_MS, kept)
}

async function keep<Request extends IncomingMessage, Offer>(
  deps: DoorDeps,
  kind: DoorKind<Request, Offer>,
  request: Request,
  body: Buffer,
  offer: Offer,
): Promise<IntakeOutcome> {
  const delivery = await kind.prepare(request, body, offer)
  const stored = await deps.intake(delivery)
  if (delivery.late && stored.isNew) deps.counts.count(delivery.source, 'late')
  if (delivery.reason === 'unknown_type' && stored.isNew) deps.counts.count(delivery.source, 'unknown_type')
  return outcomeOf(delivery, stored)
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The store did not answer in time.')), milliseconds)
  })
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer))
}

/** Whatever is not known to be the sender's fault is asked for again. */
function outcomeOfError(error: unknown): IntakeOutcome {
  if (error instanceof Unwelcome) return error.outcome
  return (isAppError(error) && OUTCOME_OF[error.code]) || 'try_later'
}

const OUTCOME_OF: Partial<Record<ErrorCode, IntakeOutcome>> = {
  too_large: 'too_large',
  encoding_not_supported: 'wrong_encoding',
  bad_request: 'cut_off',
}
