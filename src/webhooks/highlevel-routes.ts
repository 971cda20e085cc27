import { type Request, Router } from 'express'
import type { Signature, WebhookVerifier } from '../highlevel/webhook-signature.ts'
import { type PrepareDeps, prepareDelivery } from './prepare-delivery.ts'
import { createWebhookDoor, type DoorDeps, type DoorKind, Unwelcome } from './webhook-door.ts'

export type WebhookRouteDeps = DoorDeps & PrepareDeps & { verifier: WebhookVerifier }

export const highLevelWebhookRoutes = (deps: WebhookRouteDeps): Router =>
  Router().post('/webhooks/highlevel', createWebhookDoor(deps, highLevelDoor(deps)))

const highLevelDoor = (deps: PrepareDeps & { verifier: WebhookVerifier }): DoorKind<Request, Signature> => ({
  source: () => 'highlevel',
  screen: ({ headers }) => {
    const offer = deps.verifier.read(headers)
    if (offer === 'missing') throw new Unwelcome('unsigned')
    if (offer === 'malformed') throw new Unwelcome('malformed')
    return offer
  },
  prepare: async ({ headers }, body, signature) => {
    if (!(await deps.verifier.verify(body, signature))) throw new Unwelcome('forged')
    const kept = KEPT_HEADERS.map((name) => [name, headers[name] ?? ''])
    return prepareDelivery(deps, { body, headers: Object.fromEntries(kept) })
  },
})

/** Kept for diagnosis. Nothing secret, nothing personal. */
const KEPT_HEADERS = ['user-agent', 'content-type', 'x-ghl-signature', 'x-wh-signature']
