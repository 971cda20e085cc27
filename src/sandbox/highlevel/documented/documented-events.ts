import { commerceSamples } from './commerce.ts'
import { conversationSamples } from './conversations.ts'
import { crmSamples } from './crm.ts'
import { lifecycleSamples } from './lifecycle.ts'
import { objectSamples } from './objects.ts'
import { placeSamples } from './places.ts'
import type { Sample } from './sample.ts'

/** Every type of webhook that HighLevel documents, with the fields that its page shows. */
export const DOCUMENTED_EVENTS: Readonly<Record<string, Sample>> = {
  ...lifecycleSamples,
  ...crmSamples,
  ...conversationSamples,
  ...placeSamples,
  ...commerceSamples,
  ...objectSamples,
}
