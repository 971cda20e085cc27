import { z } from 'zod'
import type { WebhookEnvelope } from '../highlevel/webhook-events.ts'
import type { LifecycleFact } from '../tenants/lifecycle.ts'

const text = z.string().min(1).nullish().catch(null)

const known = z.object({
  versionId: text,
  planId: text,
  newPlanId: text,
  companyName: text,
  userId: text,
  isWhitelabelCompany: z.boolean().nullish().catch(null),
  whitelabelDetails: z.object({ domain: text }).nullish().catch(null),
  authType: z
    .string()
    .regex(/^\w{1,32}$/)
    .nullish()
    .catch(null),
})

/** Webhooks about the app itself. All but the last say, by the way, that it is installed. */
const LIFECYCLE_TYPES = new Set(['INSTALL', 'UPDATE', 'PLAN_CHANGE', 'EXTERNAL_AUTH_CONNECTED', 'UNINSTALL'])

export const isLifecycle = ({ type }: Pick<WebhookEnvelope, 'type'>): boolean => LIFECYCLE_TYPES.has(type)

/** What such a webhook says, else undefined. Fields come and go with the platform's versions: absent ones say nothing. */
export function readLifecycle(event: WebhookEnvelope, receivedAt: Date): LifecycleFact | undefined {
  if (!isLifecycle(event)) return undefined
  const { companyId, locationId } = event
  const at = event.sentAt ?? receivedAt.getTime()
  const kind = event.type === 'UNINSTALL' ? 'uninstalled' : 'installed'
  const news = newsOf(event)
  return { kind, companyId, locationId, at, details: detailsOf(event), ...(news && { news }) }
}

function newsOf({ type, payload }: WebhookEnvelope): LifecycleFact['news'] {
  if (type === 'UPDATE') return { kind: 'updated' }
  if (type !== 'EXTERNAL_AUTH_CONNECTED') return undefined
  return { kind: 'external_auth', authType: known.parse(payload).authType ?? 'unknown' }
}

function detailsOf({ type, payload }: WebhookEnvelope): LifecycleFact['details'] {
  const { versionId, companyName, userId, ...rest } = known.parse(payload)
  const planId = rest.newPlanId ?? rest.planId
  const domain = rest.isWhitelabelCompany === false ? null : hostOf(rest.whitelabelDetails?.domain)
  const namesInstaller = type === 'INSTALL' || type === 'UPDATE'
  return {
    ...(versionId && { versionId }),
    ...(planId && { planId }),
    ...(companyName && { companyName }),
    ...(userId && namesInstaller && { installedBy: userId }),
    ...((domain || rest.isWhitelabelCompany === false) && { whiteLabelDomain: domain }),
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
