import type { AccountInfo, Connector, ConnectorContext } from '../connectors/connector.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { HttpClient } from '../lib/http-client.ts'
import { isTrouble } from '../lib/trouble.ts'

export type PartnerDeps = {
  http: HttpClient
  now: Clock
  /** Where a partner's API lives, when not at its usual address. */
  partnerApiUrls: Readonly<Record<string, string>>
}

export type Verified = { credentials: object; account: AccountInfo }

/** Reads what the form sent and tries it at the partner. Nothing is stored before both succeeded. */
export async function verifyCredentials(deps: PartnerDeps, connector: Connector, given: unknown): Promise<Verified> {
  const parsed = connector.credentials.safeParse(given)
  if (!parsed.success) {
    const fields = Object.fromEntries(parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message]))
    throw new AppError('invalid_input', { fields })
  }
  try {
    return { credentials: parsed.data, account: await connector.verify(contextFor(deps, connector, parsed.data)) }
  } catch (error) {
    if (!isTrouble(error)) throw error
    const code = error.code === 'credentials_refused' ? 'invalid_input' : 'partner_trouble'
    throw new AppError(code, { detail: error.message, cause: error })
  }
}

export function contextFor(deps: PartnerDeps, connector: Connector, credentials: object): ConnectorContext {
  const apiUrl = deps.partnerApiUrls[connector.key] ?? connector.apiUrl ?? ''
  return { http: deps.http, apiUrl, credentials, now: deps.now }
}
