import { SCOPES } from '../../src/highlevel/scopes.ts'
import type { Line } from '../support/line.ts'

/** Less than the app asks for. */
export const without = (...missing: string[]): string[] => SCOPES.filter((scope) => !missing.includes(scope))

/** What the log says was missing, each time it changed. */
export const missingScopesIn = async (line: Line, tenantId: string): Promise<string[]> => {
  const details: { missing: string }[] = await line.database.system
    .sql('audit_entries')
    .where({ tenant_id: tenantId, action: 'installation.scopes_changed' })
    .orderBy('seq')
    .pluck('details')
  return details.map(({ missing }) => missing)
}
