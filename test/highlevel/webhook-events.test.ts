import { describe, expect, test } from 'vitest'
import { readWebhook } from '../../src/highlevel/webhook-events.ts'

const read = (body: unknown) => readWebhook(Buffer.from(JSON.stringify(body) ?? ''))

const envelope = {
  webhookId: '9b1c6a0e-7d55-4a1c-8f4e-0d8f2f6f7a11',
  appId: 'app1',
  versionId: 'app1',
  locationId: 'loc1',
  timestamp: '2026-05-04T10:00:00.000Z',
}

test('a contact event says which contact of which location', () => {
  expect(read({ ...envelope, type: 'ContactUpdate', id: 'c1', email: 'x@example.com' })).toMatchObject({
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
    expect(read({ ...envelope, type, id: 'n1', contactId: 'c1' })).toMatchObject({
      recordId: 'n1',
      contactId: 'c1',
    })
  },
)

test('a record is found by either name of an id', () => {
  expect(read({ ...envelope, type: 'InvoicePaid', _id: 'i1', contactDetails: { id: 'c1' } })).toMatchObject({
    recordId: 'i1',
    contactId: 'c1',
  })
  expect(read({ ...envelope, type: 'InvoicePaid', id: 'i1' })).toMatchObject({ recordId: 'i1', contactId: null })
  expect(read({ ...envelope, type: 'ContactUpdate', _id: 'c1' })).toMatchObject({ recordId: 'c1' })
})

test('an event without a contact belongs to none', () => {
  expect(read({ ...envelope, type: 'TaskCreate', id: 't1' })).toMatchObject({ recordId: 't1', contactId: null })
})

test('the nested form of the guide is read as well', () => {
  const nested = { ...envelope, type: 'ContactCreate', data: { id: 'c1', locationId: 'loc1' } }
  expect(read(nested)).toMatchObject({ type: 'ContactCreate', contactId: 'c1', webhookId: envelope.webhookId })
})

test('invoices and objects name their location in another way', () => {
  const { locationId: _locationId, ...rest } = envelope
  expect(read({ ...rest, type: 'InvoiceCreate', altId: 'loc2', altType: 'location' })).toMatchObject({
    locationId: 'loc2',
  })
  expect(read({ ...rest, type: 'InvoiceCreate', altId: 'com2', altType: 'company' })).toMatchObject({
    locationId: null,
  })
})

describe('what is odd counts as absent', () => {
  test.for([null, undefined, 7, 'text', []])('%j is no event', (body) => expect(read(body)).toBeUndefined())

  test.for([7, {}, '', '../etc', 'a b', 'x'.repeat(65), "'; drop table", null])('the id %j', (odd) => {
    const event = read({ ...envelope, type: 'ContactUpdate', id: odd, locationId: odd, webhookId: odd })
    expect(event).toMatchObject({ recordId: null, contactId: null, locationId: null, webhookId: null })
  })

  test('a type or a time', () => {
    expect(read({ ...envelope, type: 'Contact Update' })).toMatchObject({ type: 'unknown' })
    expect(read({ ...envelope, type: 7, timestamp: 'yesterday' })).toMatchObject({
      type: 'unknown',
      sentAt: null,
    })
    expect(read({ ...envelope, type: 'X', timestamp: 7 })).toMatchObject({ sentAt: null })
  })
})
