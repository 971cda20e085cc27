import type { HttpClient } from '../lib/http-client.ts'

/**
 * Asks before every request that may change something there, also the second one of an action. What is on the wire when the
 * credentials are erased has been sent; nothing is sent afterwards.
 */
export const guardWrites =
  (http: HttpClient, refuseOvertaken: () => Promise<void>): HttpClient =>
  async (request) => {
    if (request.method !== 'GET') await refuseOvertaken()
    return http(request)
  }
