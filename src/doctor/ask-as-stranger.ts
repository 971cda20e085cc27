import type { Clock } from '../lib/clock.ts'
import type { HttpClient } from '../lib/http-client.ts'
import type { PlatformAnswer } from './patient.ts'

/** Asks the platform's API for something, without a token. It says no, and with that what time it is there. */
export async function askAsStranger(deps: { http: HttpClient; now: Clock }, apiUrl: string): Promise<PlatformAnswer> {
  const before = deps.now()
  const { status, headers } = await deps.http({
    method: 'GET',
    url: `${apiUrl}/locations/nobody`,
    headers: { version: '2021-07-28' },
  })
  const after = deps.now()
  return { status, date: headers.get('date'), tookMs: after - before, askedAt: (before + after) / 2 }
}
