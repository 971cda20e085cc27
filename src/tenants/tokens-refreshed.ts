import type { AuditInput } from '../audit/audit-entry.ts'

export const TOKEN_REFRESH = { kind: 'system', id: 'token refresh' } as const

/** What the audit log says of a refresh. */
export const tokensRefreshed = (tenantId: string, at: number): AuditInput => ({
  action: 'tokens.refreshed',
  actor: TOKEN_REFRESH,
  target: `installation/${tenantId}`,
  at,
})
