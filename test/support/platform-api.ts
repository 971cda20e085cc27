import { createHighLevelApi, type HighLevelApi } from '../../src/highlevel/api.ts'
import { createPlatformClock } from '../../src/highlevel/platform-clock.ts'
import { SCOPES } from '../../src/highlevel/scopes.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import type { HighLevelSandbox } from '../../src/sandbox/highlevel/sandbox.ts'
import { registration, startSandbox } from '../sandbox/highlevel/start-sandbox.ts'
import { refuseViolations } from './openapi.ts'
import { unpaced } from './unpaced.ts'

/** HighLevel's API as one account of the sandbox, which gave exactly the scopes that the product asks for. */
export type PlatformApi = {
  control: HighLevelSandbox['control']
  api: HighLevelApi
  locationId: string
  companyId: string
  /** The calls so far, as "GET /contacts/…", from the last time on. */
  calls(): string[]
  /** Holds every call since the last look, and its answer, against HighLevel's documents. */
  checkSpoken(): void
  /** Looks a last time. */
  stop(): Promise<void>
}

type Options = { index?: number; scopes?: readonly string[] }

export async function startPlatformApi({ index = 0, scopes = SCOPES }: Options = {}): Promise<PlatformApi> {
  const sandbox = await startSandbox({ registration: { ...registration, scopes: [...scopes] } })
  const { control } = sandbox
  const location = control.locations()[index]
  if (!location) throw new Error('The sandbox has no such location.')
  const { body } = await sandbox.exchange(control.installLocation(location.id))
  const accessToken = String(body.access_token)
  control.clearRequests()
  control.setRateLimit({ burst: 100_000 }) // who waits for their turn is not what these tests are about
  const send = createHighLevelApi({
    http: createHttpClient(),
    apiUrl: sandbox.url,
    platformClock: createPlatformClock(Date.now),
    pace: unpaced,
  })
  let seen = 0
  const checkSpoken = (): void => {
    const spoken = control.requests()
    control.clearRequests()
    seen = 0
    refuseViolations(spoken)
  }
  return {
    control,
    locationId: location.id,
    companyId: location.companyId,
    api: (request) => send({ ...request, accessToken }),
    calls: () => {
      const all = control.requests().map(({ method, path }) => `${method} ${path}`)
      const fresh = all.slice(seen)
      seen = all.length
      return fresh
    },
    checkSpoken,
    stop: async () => {
      await sandbox.stop()
      checkSpoken()
    },
  }
}
