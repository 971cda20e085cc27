import { describe, onTestFinished } from 'vitest'
import { createHttpClient, type HttpRequest } from '../../src/lib/http-client.ts'
import type { FaultCase } from '../contract/expectations.ts'
import { type SyncExamples, syncBattery } from '../contract/sync-battery.ts'
import { startBureau } from '../support/bureau.ts'
import { bureauConnector } from '../support/bureau-connector.ts'

/** The partner of the tests keeps to what the contract asks of objects that are kept in step. */

const CONTACT = 'somebody'
const BEGINS = '2026-12-01T11:00:00.000Z'

const NAMELESS = { identity: {}, stranger: {} }
const EXAMPLES: SyncExamples = {
  contact: {
    fields: { email: 'noa@example.com', name: 'Noa' },
    identity: { email: 'noa@example.com' },
    stranger: { email: 'oa@example.com' },
    ...{ change: { name: 'Noa Levi' }, changed: { name: 'Noa Levi', email: 'noa@example.com' } },
  },
  task: {
    ...{ fields: { contact: CONTACT, text: 'Call', due: BEGINS }, ...NAMELESS },
    ...{ change: { done: true }, changed: { text: 'Call', done: true } },
  },
  note: { fields: { contact: CONTACT, text: 'Hi' }, ...NAMELESS, change: { text: 'Ho' }, changed: { text: 'Ho' } },
  appointment: {
    ...{ fields: { contact: CONTACT, subject: 'Talk', begins: BEGINS, state: 'confirmed' }, ...NAMELESS },
    ...{ change: { state: 'cancelled' }, changed: { state: 'cancelled', subject: 'Talk' } },
  },
  opportunity: {
    ...{ fields: { contact: CONTACT, name: 'Course', worth: 90 }, ...NAMELESS },
    ...{ change: { worth: 80 }, changed: { worth: 80, name: 'Course' } },
  },
}

const faults: FaultCase[] = [
  { name: '401', fault: { status: 401 }, code: 'credentials_refused' },
  { name: '500', fault: { status: 500 }, code: 'unavailable' },
]

async function open() {
  const bureau = await startBureau()
  onTestFinished(bureau.close)
  const key = bureau.open()
  bureau.make(key, 'contacts', { id: CONTACT, email: 'somebody@example.com' })
  const requests: HttpRequest[] = []
  const client = createHttpClient()
  const watched = (request: HttpRequest): ReturnType<typeof client> => {
    requests.push(request)
    return client(request)
  }
  const http = Object.assign(watched, { requests })
  const sandbox = {
    ...{ apiUrl: bureau.url, credentials: { key }, secrets: [key], fail: bureau.failNext, state: () => null },
    close: bureau.close,
  }
  return { sandbox, http, context: { http, apiUrl: bureau.url, credentials: { key }, now: Date.now } }
}

const bureau = bureauConnector('')
for (const object of bureau.objects) {
  const example = EXAMPLES[object.key]
  if (!example) throw new Error(`Give an example of a ${object.key}.`)
  describe(`object ${object.key}, kept in step`, () => syncBattery(bureau, object, { example, open, faults }))
}
