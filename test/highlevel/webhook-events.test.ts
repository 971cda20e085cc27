import { describe, expect, test } from 'vitest'
import { readWebhook } from '../../src/highlevel/webhook-events.ts'

const envelope = {
  webhookId: '9b1c6a0e-7d55-4a1c-8f4e-0d8f2f6f7a11',
  appId: 'app1',
  versionId: 'app1',
  locationId: 'loc1',
  timestamp: '2026-05-04T10:00:00.000Z',
}

test('a contact event says which contact of which location', () => {
  expect(readWebhook({ ...envelope, type: 'ContactUpdate', id: 'c1', email: 'x@example.com' })).toMatchObject({
    type: 'ContactUpdate',
    webhookId: envelope.webhookId,
    appId: 'app1',
    locationId: 'loc1',
    recordId: 'c1',
    contactId: 'c1',
    sentAt: Date.parse('2026-05-04T10:00:00Z'),
  })
})

test.for(['NoteCreate', 'TaskComplete', 'OpportunityUpdate', 'CampaignStatusUpdate'])(
  '%s belongs to its contact',
  (type) => {
    expect(readWebhook({ ...envelope, type, id: 'n1', contactId: 'c1' })).toMatchObject({
      recordId: 'n1',
      contactId: 'c1',
    })
  },
)

test('an event without a contact belongs to none', () => {
  expect(readWebhook({ ...envelope, type: 'TaskCreate', id: 't1' })).toMatchObject({ recordId: 't1', contactId: null })
})

test('the nested form of the guide is read as well', () => {
  const nested = { ...envelope, type: 'ContactCreate', data: { id: 'c1', locationId: 'loc1' } }
  expect(readWebhook(nested)).toMatchObject({ type: 'ContactCreate', contactId: 'c1', webhookId: envelope.webhookId })
})

test('invoices and objects name their location in another way', () => {
  const { locationId: _locationId, ...rest } = envelope
  expect(readWebhook({ ...rest, type: 'InvoiceCreate', altId: 'loc2', altType: 'location' })).toMatchObject({
    locationId: 'loc2',
  })
  expect(readWebhook({ ...rest, type: 'InvoiceCreate', altId: 'com2', altType: 'company' })).toMatchObject({
    locationId: null,
  })
})

describe('what is odd counts as absent', () => {
  test.for([null, undefined, 7, 'text', []])('%j is no event', (body) => expect(readWebhook(body)).toBeUndefined())

  test.for([7, {}, '', '../etc', 'a b', 'x'.repeat(65), "'; drop table", null])('the id %j', (odd) => {
    const event = readWebhook({ ...envelope, type: 'ContactUpdate', id: odd, locationId: odd, webhookId: odd })
    expect(event).toMatchObject({ recordId: null, contactId: null, locationId: null, webhookId: null })
  })

  test('a type or a time', () => {
    expect(readWebhook({ ...envelope, type: 'Contact Update' })).toMatchObject({ type: 'unknown' })
    expect(readWebhook({ ...envelope, type: 7, timestamp: 'yesterday' })).toMatchObject({
      type: 'unknown',
      sentAt: null,
    })
    expect(readWebhook({ ...envelope, type: 'X', timestamp: 7 })).toMatchObject({ sentAt: null })
  })
})
