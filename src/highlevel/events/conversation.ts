import { z } from 'zod'
import { type EventKind, eventKinds } from './event-kind.ts'
import { addresses, flag, id, list, nested, number, text } from './field-types.ts'

/** HighLevel docs: Inbound Message, Outbound Message. `direction` is not reliable in the samples: the type says it. */
const message = z.object({
  contactId: id,
  conversationId: id,
  messageId: id,
  messageType: text,
  direction: text,
  status: text,
  body: text,
  contentType: text,
  attachments: list,
  dateAdded: text,
  conversationProviderId: id,
  source: text,
  userId: id,
  callDuration: number,
  callStatus: text,
  emailMessageId: id,
  threadId: id,
  provider: text,
  from: text,
  to: addresses,
  cc: addresses,
  bcc: addresses,
  subject: text,
})

/** HighLevel docs: Conversation Unread. */
const unread = z.object({
  id,
  contactId: id,
  deleted: flag,
  inbox: flag,
  starred: flag,
  unreadCount: number,
})

/** HighLevel docs: Provider Outbound Message. It has no type of its own: what stands there is the channel. */
const toDeliver = z.object({
  contactId: id,
  messageId: id,
  type: text,
  phone: text,
  message: text,
  attachments: list,
  userId: id,
  emailMessageId: id,
  emailTo: addresses,
  emailFrom: text,
  html: text,
  subject: text,
})

/** HighLevel docs: LC Email. What the mail provider says, passed on. */
const email = z.object({
  companyId: id,
  webhookPayload: z
    .object({
      event: text,
      id: text,
      timestamp: number,
      flags: nested,
      message: nested,
      recipient: text,
      tags: list,
      campaigns: list,
      'delivery-status': nested,
      envelope: nested,
    })
    .nullish(),
})

export const conversationKinds: readonly EventKind[] = [
  ...eventKinds(
    {
      group: 'conversation',
      object: 'message',
      recordId: 'messageId',
      needs: 'conversations/message.readonly',
      fields: message,
    },
    {
      InboundMessage: { trigger: 'highlevel.message_received' },
      OutboundMessage: { trigger: 'highlevel.message_sent' },
      ProviderOutboundMessage: {
        trigger: 'highlevel.message_to_deliver',
        alsoSpelt: ['SMS', 'Email'],
        needs: 'conversations/message.write',
        fields: toDeliver,
      },
    },
  ),
  ...eventKinds(
    { group: 'conversation', object: 'conversation', needs: 'conversations.readonly', fields: unread },
    {
      ConversationUnreadUpdate: {
        trigger: 'highlevel.conversation_unread_changed',
        alsoSpelt: ['ConversationUnreadWebhook'],
      },
    },
  ),
  ...eventKinds(
    { group: 'conversation', object: 'email', recordId: 'webhookPayload.id', contactId: null, fields: email },
    { LCEmailStats: { trigger: 'highlevel.email_event' } },
  ),
]
