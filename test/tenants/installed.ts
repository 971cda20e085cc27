import type { RecordedRequest } from '../../src/sandbox/support/recorder.ts'
import { locationTenantId } from '../../src/tenants/tenant-id.ts'
import type { Line } from '../support/line.ts'
import { eventually, install, openPage } from '../support/people.ts'

/** A location whose administrator installed the app and opened its page. */
export type Installed = { tenantId: string; locationId: string; companyId: string; adminId: string; memberId: string }

export const accountOf = (line: Line, index: number): Installed => {
  const location = line.highLevel.control.locations()[index]
  if (!location) throw new Error(`There is no location ${index}.`)
  const staff = line.highLevel.control.users(location.id).filter(({ type }) => type === 'account')
  return {
    tenantId: locationTenantId(line.config.highLevel.appId, location.id),
    locationId: location.id,
    companyId: location.companyId,
    adminId: String(staff.find(({ role }) => role === 'admin')?.id),
    memberId: String(staff.find(({ role }) => role === 'user')?.id),
  }
}

export async function installed(line: Line, index: number): Promise<Installed> {
  const account = accountOf(line, index)
  const answer = await install(line, account.locationId)
  if (answer.status !== 200) throw new Error(`It was not installed: ${answer.status}`)
  await openPage(line, account.adminId, account.locationId)
  return account
}

/** The stored access token counts as old from now on; HighLevel still knows its refresh token. */
export async function expire(line: Line, { tenantId, locationId }: Installed): Promise<void> {
  await line.database.system
    .sql('installation_tokens')
    .where({ tenant_id: tenantId })
    .update({ expires_at: new Date() })
  line.highLevel.control.expireTokens({ locationId })
}

export const generationOf = async (line: Line, tenantId: string): Promise<number | undefined> =>
  (await line.database.system.sql('installation_tokens').where({ tenant_id: tenantId }).first('generation'))?.generation

export const statusOf = async (line: Line, tenantId: string): Promise<string | undefined> =>
  (await line.database.system.sql('installations').where({ tenant_id: tenantId }).first('status'))?.status

export const becomes = (line: Line, tenantId: string, status: string): Promise<string | undefined> =>
  eventually(
    () => statusOf(line, tenantId),
    (seen) => seen === status,
  )

export const actionsOf = (line: Line, tenantId: string): Promise<string[]> =>
  line.database.system.sql('audit_entries').where({ tenant_id: tenantId }).orderBy('seq').pluck('action')

const fieldsOf = (request: RecordedRequest): Record<string, unknown> => request.body as Record<string, unknown>

/** What the platform's token endpoint was asked since the last `clearRequests`. */
export const refreshesAt = (line: Line): string[] =>
  line.highLevel.control
    .requests({ path: '/oauth/token' })
    .filter((request) => fieldsOf(request).grant_type === 'refresh_token')
    .map((request) => String(fieldsOf(request).refresh_token))

/** How HighLevel's API answers this token: the only judge of whether it is good. */
export async function answerTo(line: Line, token: string, locationId: string): Promise<number> {
  const answer = await fetch(`${line.highLevelUrl}/locations/${locationId}`, {
    headers: { authorization: `Bearer ${token}`, version: '2021-07-28' },
  })
  return answer.status
}
