import type { ReadyFlow } from '../connector.ts'
import { consentFlows } from './flows/consent.ts'
import { contactFlows } from './flows/contacts.ts'
import { engagementFlows } from './flows/engagement.ts'
import { journeyFlows } from './flows/journeys.ts'

/** Flows ready to switch on. The first is made with each connection. */
export const readyFlows: ReadyFlow[] = [...contactFlows, ...journeyFlows, ...consentFlows, ...engagementFlows]
