import { likewise, type Sample } from './sample.ts'

/** HighLevel docs: Inbound Message, Outbound Message, Conversation Unread, Provider Outbound Message, LC Email. */
export const conversationSamples: Record<string, Sample> = {
  ...likewise(['InboundMessage', 'OutboundMessage'], ({ locationId, contactId, recordId, at }) => ({
    locationId,
    attachments: [],
    body: 'This is a test message',
    contactId,
    contentType: 'text/plain',
    conversationId: 'fcanlLgpbQgQhderivVs',
    dateAdded: at,
    direction: 'inbound',
    messageType: 'SMS',
    status: 'delivered',
    messageId: recordId,
    conversationProviderId: 'cI08i1Bls3iTB9bKgFJh',
  })),
  ConversationUnreadUpdate: ({ locationId, contactId, recordId }) => ({
    locationId,
    id: recordId,
    contactId,
    deleted: false,
    inbox: true,
    starred: false,
    unreadCount: 1,
  }),
  // The channel stands where others have their type.
  ProviderOutboundMessage: ({ locationId, contactId, recordId, userId }) => ({
    contactId,
    locationId,
    messageId: recordId,
    type: 'SMS',
    phone: '+15864603685',
    message: 'The text message',
    attachments: ['https://example.com/a.png'],
    userId,
  }),
  LCEmailStats: ({ locationId, companyId, recordId }) => ({
    locationId,
    companyId,
    webhookPayload: {
      event: 'delivered',
      id: recordId,
      timestamp: 1640159141,
      flags: { 'is-authenticated': true, 'is-routed': false, 'is-big': false, 'is-test-mode': false },
      message: {
        attachments: [],
        headers: { 'message-id': '1@mg.example.com', from: 'a@example.com', to: 'b@example.com' },
        size: 2412,
      },
      'log-level': 'info',
      recipient: 'b@example.com',
      tags: ['loc_1'],
      campaigns: [],
      'delivery-status': { 'attempt-no': 1, code: 250, message: 'OK', description: '', 'session-seconds': 1.2 },
      envelope: { sender: 'a@example.com', transport: 'smtp' },
    },
  }),
}
