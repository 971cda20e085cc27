import { z } from 'zod'
import type { WebhookEnvelope } from '../highlevel/webhook-events.ts'
import type { LifecycleFact } from '../tenants/lifecycle.ts'

const text = z.string().min(1).nullish().catch(null)

const details = z.object({
  versionId: text,
  planId: text,
  companyName: text,
  userId: text,
  whitelabelDetails: z.object({ domain: text }).nullish().catch(null),
})

export type Lifecycle = { kind: 'install' | 'uninstall'; fact: LifecycleFact }

/** What an INSTALL or UNINSTALL says, else undefined. Fields come and go with the platform's versions. */
export function readLifecycle(event: WebhookEnvelope, receivedAt: Date): Lifecycle | undefined {
  if (event.type !== 'INSTALL' && event.type !== 'UNINSTALL') return undefined
  const { whitelabelDetails, ...known } = details.parse(event.payload)
  const { companyId, locationId } = event
  const at = event.sentAt ?? receivedAt.getTime()
  return {
    kind: event.type === 'INSTALL' ? 'install' : 'uninstall',
    fact: { ...known, companyId, locationId, at, whiteLabelDomain: hostOf(whitelabelDetails?.domain) },
  }
}

/** The domain comes with or without a scheme. */
function hostOf(domain: string | null | undefined): string | null {
  const host = domain
    ?.replace(/^https?:\/\//i, '')
    .replace(/\/.*$/, '')
    .toLowerCase()
  return host && /^[a-z0-9.-]+\.[a-z]{2,}(:\d+)?$/.test(host) ? host : null
}
