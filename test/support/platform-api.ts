import { createHighLevelApi, type HighLevelApi } from '../../src/highlevel/api.ts'
import { createPlatformClock } from '../../src/highlevel/platform-clock.ts'
import { SCOPES } from '../../src/highlevel/scopes.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import { type RunningSandbox, registration, startSandbox } from '../sandbox/highlevel/start-sandbox.ts'
import { checkRequest, checkResponse, openApiAvailable } from './openapi.ts'
import { unpaced } from './unpaced.ts'

/** HighLevel's API as one account of the sandbox, which gave exactly the scopes that the product asks for. */
export type PlatformApi = {
  sandbox: RunningSandbox
  api: HighLevelApi
  locationId: string
  companyId: string
  /** The calls so far, as "GET /contacts/…", from the last time on. */
  calls(): string[]
  stop(): Promise<void>
}

export async function startPlatformApi(options: { now?: () => number; scopes?: readonly string[] } = {}) {
  const { scopes = SCOPES, now } = options
  const sandbox = await startSandbox({
    registration: { ...registration, scopes: [...scopes] },
    ...(now && { now }),
  })
  const location = sandbox.control.locations()[0]
  if (!location) throw new Error('The sandbox has no locations.')
  const { body } = await sandbox.exchange(sandbox.control.installLocation(location.id))
  const accessToken = String(body.access_token)
  sandbox.control.clearRequests()
  sandbox.control.setRateLimit({ burst: 100_000 }) // who waits for their turn is not what these tests are about
  const send = createHighLevelApi({
    http: createHttpClient(),
    apiUrl: sandbox.url,
    platformClock: createPlatformClock(Date.now),
    pace: unpaced,
  })
  let seen = 0
  const platform: PlatformApi = {
    sandbox,
    locationId: location.id,
    companyId: location.companyId,
    api: (request) => send({ ...request, accessToken }),
    calls: () => {
      const all = sandbox.control.requests().map(({ method, path }) => `${method} ${path}`)
      const fresh = all.slice(seen)
      seen = all.length
      return fresh
    },
    stop: async () => {
      await sandbox.stop()
      refuseViolations(sandbox)
    },
  }
  return platform
}

/** All that was said keeps to HighLevel's documents, whatever a test was about. */
function refuseViolations(sandbox: RunningSandbox): void {
  if (!openApiAvailable) return
  const violations = sandbox.control
    .requests()
    .flatMap((spoken) => [
      ...checkRequest(spoken),
      ...(spoken.status === null || spoken.answer === undefined
        ? []
        : checkResponse({ ...spoken, status: spoken.status, body: spoken.answer })),
    ])
  if (violations.length > 0) throw new Error(`Against HighLevel's documents: ${[...new Set(violations)].join('; ')}`)
}
