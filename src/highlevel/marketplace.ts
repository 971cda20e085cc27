import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

const uninstallAnswer = z.object({ success: z.literal(true) })

/**
 * Takes the app out of one location, or out of a company with all its locations: what is named must be what the token is for
 * (HighLevel docs: Uninstall an application). A developer has to give a reason.
 */
export async function uninstallApp(
  api: HighLevelApi,
  input: { appId: string; whose: { locationId: string } | { companyId: string }; reason: string },
): Promise<void> {
  const answer = await api({
    method: 'DELETE',
    path: `/marketplace/app/${encodeURIComponent(input.appId)}/installations`,
    version: '2021-07-28',
    scope: 'oauth.write',
    body: { ...input.whose, reason: input.reason },
  })
  readAnswer(uninstallAnswer, answer)
}
