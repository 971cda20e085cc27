import { z } from 'zod'
import { Trouble } from '../lib/trouble.ts'
import type { HighLevelApi, HighLevelRequest } from './api.ts'
import { readWritten } from './read-answer.ts'

/** Both spellings, as v3 says it right beside the old one. */
const doneAnswer = z.object({ succeded: z.boolean().nullish(), succeeded: z.boolean().nullish() })

/** Starts the workflow for the contact, a second time too (HighLevel docs: Add Contact to Workflow). Never sent twice. */
export const addToWorkflow = (
  api: HighLevelApi,
  {
    contactId,
    workflowId,
    eventStartTime,
  }: { contactId: string; workflowId: string; eventStartTime?: string | undefined },
): Promise<void> =>
  done(api, {
    method: 'POST',
    path: `${pathOf(contactId)}/workflow/${encodeURIComponent(workflowId)}`,
    body: { ...(eventStartTime && { eventStartTime }) },
  })

/** Also when it is not in it (HighLevel docs: Delete Contact from Workflow). */
export const removeFromWorkflow = (
  api: HighLevelApi,
  { contactId, workflowId }: { contactId: string; workflowId: string },
): Promise<void> =>
  done(api, {
    method: 'DELETE',
    path: `${pathOf(contactId)}/workflow/${encodeURIComponent(workflowId)}`,
    body: {},
    repeatable: true,
  })

/** Starts the campaign for the contact, a second time too (HighLevel docs: Add Contact to Campaign). Never sent twice. */
export const addToCampaign = (
  api: HighLevelApi,
  { contactId, campaignId }: { contactId: string; campaignId: string },
): Promise<void> =>
  done(api, {
    method: 'POST',
    path: `${pathOf(contactId)}/campaigns/${encodeURIComponent(campaignId)}`,
    body: {},
  })

/** Also when it is not in it (HighLevel docs: Remove Contact From Campaign). */
export const removeFromCampaign = (
  api: HighLevelApi,
  { contactId, campaignId }: { contactId: string; campaignId: string },
): Promise<void> =>
  done(api, {
    method: 'DELETE',
    path: `${pathOf(contactId)}/campaigns/${encodeURIComponent(campaignId)}`,
    repeatable: true,
  })

/** HighLevel docs: Remove Contact From Every Campaign. The path has another name in v3. */
export const removeFromAllCampaigns = (api: HighLevelApi, contactId: string): Promise<void> =>
  done(api, { method: 'DELETE', path: `${pathOf(contactId)}/campaigns/removeAll`, repeatable: true })

async function done(
  api: HighLevelApi,
  request: Pick<HighLevelRequest, 'method' | 'path' | 'body' | 'repeatable'>,
): Promise<void> {
  const answer = await api({ ...request, version: '2021-07-28', scope: 'contacts.write' })
  const { succeded, succeeded } = readWritten(doneAnswer, answer)
  if (succeded === false || succeeded === false) throw new Trouble('rejected', { detail: NOT_DONE })
}

const NOT_DONE = 'Your account did not do what was asked.'

const pathOf = (contactId: string): string => `/contacts/${encodeURIComponent(contactId)}`
