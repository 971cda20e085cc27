import { appointmentKinds } from './appointment.ts'
import { campaignKinds } from './campaign.ts'
import { contactKinds } from './contact.ts'
import { conversationKinds } from './conversation.ts'
import type { EventKind } from './event-kind.ts'
import { invoiceKinds } from './invoice.ts'
import { lifecycleKinds } from './lifecycle.ts'
import { locationAndUserKinds } from './location-and-user.ts'
import { noteKinds } from './note.ts'
import { objectsKinds } from './objects.ts'
import { opportunityKinds } from './opportunity.ts'
import { orderProductAndPriceKinds } from './order-product-and-price.ts'
import { saasAndVoiceKinds } from './saas-and-voice.ts'
import { foundTaskKinds, taskKinds } from './task.ts'

/** Every type of webhook that HighLevel documents. */
export const EVENT_KINDS: readonly EventKind[] = [
  ...lifecycleKinds,
  ...contactKinds,
  ...noteKinds,
  ...taskKinds,
  ...appointmentKinds,
  ...opportunityKinds,
  ...campaignKinds,
  ...conversationKinds,
  ...locationAndUserKinds,
  ...invoiceKinds,
  ...orderProductAndPriceKinds,
  ...objectsKinds,
  ...saasAndVoiceKinds,
]

const BY_NAME: ReadonlyMap<string, EventKind> = new Map(
  [...EVENT_KINDS, ...foundTaskKinds].flatMap((kind) =>
    [kind.type, ...kind.alsoSpelt].map((name): [string, EventKind] => [name, kind]),
  ),
)

/** By the type that the envelope shows, what we find out ourselves among them; undefined for one that no document knows. */
export const findEventKind = (type: string): EventKind | undefined => BY_NAME.get(type)
