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
    if (error.code !== 'credentials_refused') {
      throw new AppError('partner_trouble', { detail: error.message, cause: error })
    }
    throw new AppError('invalid_input', { fields: besideTheSecret(connector, error.message), cause: error })
  }
}

/** Refused credentials are almost always a mistyped key, so that is where the refusal is shown. */
function besideTheSecret({ credentialFields }: Connector, message: string): Record<string, string> {
  const field = credentialFields.find(({ secret }) => secret) ?? credentialFields[0]
  return field ? { [field.key]: message } : {}
}

export function contextFor(deps: PartnerDeps, connector: Connector, credentials: object): ConnectorContext {
  const apiUrl = deps.partnerApiUrls[connector.key] ?? connector.apiUrl ?? ''
  return { http: deps.http, apiUrl, credentials, now: deps.now }
}
