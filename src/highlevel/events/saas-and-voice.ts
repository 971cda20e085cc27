import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { flag, id, list, nested, number, text } from './field-types.ts'

/** HighLevel docs: SaaS Plan Created. An agency's, so that the company is its tenant is inferred. */
const plan = z.object({
  planId: id,
  companyId: id,
  title: text,
  description: text,
  saasProducts: list,
  addOns: list,
  prices: list,
  planLevel: number,
})

/** HighLevel docs: VoiceAiCallEnd. */
const call = z.object({
  id,
  agentId: id,
  contactId: id,
  fromNumber: text,
  createdAt: text,
  duration: number,
  summary: text,
  transcript: text,
  translation: nested,
  extractedData: nested,
  messageId: id,
  trialCall: flag,
  executedCallActions: list,
})

const group = 'saas and voice'

export const saasAndVoiceKinds: readonly EventKind[] = [
  ...eventKinds(
    { group, object: 'saas_plan', tenant: 'companyId', recordId: 'planId', contactId: null, fields: plan },
    { SaasPlanCreate: { trigger: 'highlevel.saas_plan_created', alsoSpelt: ['SaaSPlanCreate'] } },
  ),
  ...eventKinds(
    { group, object: 'voice_call', needs: 'voice-ai-dashboard.readonly', fields: call },
    { VoiceAiCallEnd: { trigger: 'highlevel.voice_call_ended' } },
  ),
]
