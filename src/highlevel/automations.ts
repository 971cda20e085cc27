import { z } from 'zod'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

/** A workflow or campaign of the account, made there. */
export type Automation = { id: string; name: string; isPublished: boolean }

const automation = z
  .object({ id: z.string().min(1), name: z.string().nullish().catch(null), status: z.string().nullish().catch(null) })
  .transform(
    ({ id, name, status }): Automation => ({
      id,
      name: name ?? id,
      isPublished: status?.toLowerCase() === 'published',
    }),
  )

const workflowsAnswer = z.object({ workflows: z.array(automation) })
const campaignsAnswer = z.object({ campaigns: z.array(automation) })

/** All of them: the list has no pages (HighLevel docs: Get Workflow). */
export async function listWorkflows(api: HighLevelApi, locationId: string): Promise<Automation[]> {
  const request = { method: 'GET', path: '/workflows/', version: '2021-07-28', query: { locationId } } as const
  return readAnswer(workflowsAnswer, await api({ ...request, scope: 'workflows.readonly' })).workflows
}

/** All of them: the list has no pages (HighLevel docs: Get Campaigns). */
export async function listCampaigns(api: HighLevelApi, locationId: string): Promise<Automation[]> {
  const request = { method: 'GET', path: '/campaigns/', version: '2021-07-28', query: { locationId } } as const
  return readAnswer(campaignsAnswer, await api({ ...request, scope: 'campaigns.readonly' })).campaigns
}
