import { expect } from 'vitest'
import { createHighLevelApi, type HighLevelApi } from '../../src/highlevel/api.ts'
import { createPlatformClock } from '../../src/highlevel/platform-clock.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import type { HighLevelSandbox } from '../../src/sandbox/highlevel/sandbox.ts'
import { startSandbox } from '../sandbox/highlevel/start-sandbox.ts'
import { checkRequest, checkResponse, openApiAvailable } from './openapi.ts'
import { unpaced } from './unpaced.ts'

/** HighLevel's API as one location, spoken to over HTTP, without the rest of the product. */
export type PlatformAccount = {
  api: HighLevelApi
  locationId: string
  control: HighLevelSandbox['control']
  /** Holds every call since the last look, and its answer, against HighLevel's documents. */
  checkSpoken(): void
  close(): Promise<void>
}

export async function startPlatformAccount(index = 0): Promise<PlatformAccount> {
  const sandbox = await startSandbox()
  const { control } = sandbox
  const locationId = control.locations()[index]?.id ?? ''
  const accessToken = String((await sandbox.exchange(control.installLocation(locationId))).body.access_token)
  control.setRateLimit({ burst: 10_000 })
  const call = createHighLevelApi({
    http: createHttpClient(),
    apiUrl: sandbox.url,
    platformClock: createPlatformClock(Date.now),
    pace: unpaced,
  })
  control.clearRequests()
  return {
    api: (request) => call({ ...request, accessToken }),
    locationId,
    control,
    checkSpoken: () => {
      const spoken = control.requests()
      control.clearRequests()
      if (openApiAvailable) expect(spoken.flatMap(problemsOf)).toEqual([])
    },
    close: sandbox.stop,
  }
}

type Spoken = ReturnType<HighLevelSandbox['control']['requests']>[number]

const problemsOf = (call: Spoken): string[] => [
  ...checkRequest(call),
  ...(call.status === null || call.answer === undefined
    ? []
    : checkResponse({ ...call, status: call.status, body: call.answer })),
]
