import { z } from 'zod'
import { defineConnector } from '../connector.ts'
import { actions } from './actions.ts'
import { type ActiveTrailCredentials, createClient } from './client.ts'
import { findContactRecord } from './find-contact.ts'
import { readyFlows } from './flows.ts'
import { inbound } from './inbound.ts'
import { listContactRecords } from './list-contacts.ts'
import { contactFields, groupFields, labelFields } from './map.ts'
import { otherObjects } from './other-objects.ts'
import { balanceAnswer, fieldLabelsAnswer } from './schemas.ts'
import { contactSync } from './sync-contact.ts'
import { creditsLow } from './triggers/account.ts'
import { automationTriggers } from './triggers/automations.ts'
import { campaignTriggers } from './triggers/campaigns.ts'
import { contactTriggers } from './triggers/contacts.ts'
import { groupTriggers } from './triggers/groups.ts'
import { pageTriggers } from './triggers/pages.ts'
import { smsTriggers } from './triggers/sms.ts'

const PASTE_TOKEN = 'Paste the access token from ActiveTrail.'

export const activeTrail = defineConnector<ActiveTrailCredentials>({
  key: 'activetrail',
  name: 'ActiveTrail',
  summary: 'E-mail and SMS marketing: keeps contacts, groups and consent in step and starts journeys.',
  apiUrl: 'https://webapi.mymarketing.co.il/api',
  // No rate is published; the calmest client that is known leaves half a second between calls.
  limits: { requestsPerSecond: 2, concurrency: 2 },
  credentialFields: [
    {
      key: 'token',
      label: 'Access token',
      help: 'In ActiveTrail open More → Integrations → API → Apps (in older screens Settings → API Apps), create an app and copy its token: it is shown once. If you restrict the token to IP addresses, allow the address of this server.',
      secret: true,
    },
  ],
  credentials: z.object(
    {
      token: z
        .string(PASTE_TOKEN)
        .trim()
        .min(1, PASTE_TOKEN)
        .regex(/^[\x21-\x7e]*$/, 'This is not an access token: paste the token alone, without spaces or other words.'),
    },
    PASTE_TOKEN,
  ),

  /** There is no call that says whose account it is; the balance is what every token may read. */
  async verify(context) {
    const { email, sms } = await createClient(context).get('/account/balance', {}, balanceAnswer)
    const facts = [{ name: 'E-mail credits', value: String(email.credits) }]
    if (sms) facts.push({ name: 'SMS credits', value: String(sms.credits) })
    return { label: 'ActiveTrail account', facts }
  },

  objects: [
    {
      key: 'contact',
      name: 'Contact',
      fields: contactFields,
      listFields: async (context) =>
        labelFields(await createClient(context).get('/account/contactFields', {}, fieldLabelsAnswer)),
      find: findContactRecord,
      sync: contactSync,
      list: listContactRecords,
    },
    { key: 'group', name: 'Group', fields: groupFields, listFields: async () => groupFields },
    ...otherObjects,
  ],
  triggers: [
    ...contactTriggers,
    ...groupTriggers,
    ...campaignTriggers,
    ...smsTriggers,
    ...automationTriggers,
    ...pageTriggers,
    creditsLow,
  ],
  inbound,
  actions,
  flows: readyFlows,
})
