import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { flag, id, nested, text } from './field-types.ts'

const fields = z.object({
  installType: text,
  versionId: id,
  previousVersionId: id,
  companyName: text,
  userId: id,
  planId: id,
  currentPlanId: id,
  newPlanId: id,
  trial: nested,
  isWhitelabelCompany: flag,
  whitelabelDetails: nested,
  authType: text,
  scopes: text,
  isAutoRefreshTokenEnabled: flag,
})

/** About the app itself (HighLevel docs: App Install, App Uninstall, App Update, Plan Change, External Auth Connected). */
export const lifecycleKinds: readonly EventKind[] = eventKinds(
  { group: 'lifecycle', object: 'installation', contactId: null, fields },
  {
    INSTALL: { trigger: null },
    UNINSTALL: { trigger: null },
    UPDATE: { trigger: null },
    PLAN_CHANGE: { trigger: null },
    EXTERNAL_AUTH_CONNECTED: { trigger: null },
  },
)
