import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { HighLevelApi } from '../../src/highlevel/api.ts'
import { listCampaigns, listWorkflows } from '../../src/highlevel/automations.ts'
import { addContactTags, removeContactTags } from '../../src/highlevel/contact-tags.ts'
import { createCustomField, listCustomFields } from '../../src/highlevel/custom-fields.ts'
import * as enrolments from '../../src/highlevel/enrolments.ts'
import { findDuplicate, searchByIdentity } from '../../src/highlevel/find-contacts.ts'
import { addFollowers, removeFollowers } from '../../src/highlevel/followers.ts'
import { getCompanyId } from '../../src/highlevel/locations.ts'
import { createTag, listTags } from '../../src/highlevel/tags.ts'
import { listUsers } from '../../src/highlevel/users.ts'
import { findContact } from '../../src/highlevel/whole-contact.ts'
import { createContact, deleteContact, updateContact, upsertContact } from '../../src/highlevel/write-contacts.ts'
import type { TroubleCode } from '../../src/lib/trouble.ts'
import type { PlatformFault } from '../../src/sandbox/highlevel/platform-fault.ts'
import { type PlatformApi, startPlatformApi } from '../support/platform-api.ts'

let platform: PlatformApi
let contactId = ''

beforeAll(async () => {
  platform = await startPlatformApi()
})
afterEach(() => platform.control.clearFaults())
afterAll(() => platform?.stop())

let count = 0
const someone = () => ({ email: `call${++count}+tag@calls.example`, city: 'Lod' })
const place = () => {
  const { locationId, companyId, control } = platform
  const [workflow] = control.workflows(locationId)
  const [campaign] = control.campaigns(locationId)
  const [user] = control.users(locationId)
  return {
    locationId,
    companyId,
    workflowId: String(workflow?.id),
    campaignId: String(campaign?.id),
    userId: String(user?.id),
  }
}

type Call = (api: HighLevelApi) => Promise<unknown>

/** Each call of the client about contacts, by its method and path. */
const CALLS: Record<string, Call> = {
  'GET /contacts/{id}': (api) => findContact(api, contactId),
  'POST /contacts/': (api) => createContact(api, { ...place(), tags: ['a'], body: someone() }),
  'POST /contacts/upsert': (api) => upsertContact(api, { ...place(), body: someone() }),
  'PUT /contacts/{id}': (api) => updateContact(api, contactId, { city: 'Haifa', lastName: null }),
  'GET /contacts/search/duplicate': (api) => findDuplicate(api, { ...place(), by: 'phone', value: '+972545550000' }),
  'POST /contacts/search': (api) => searchByIdentity(api, { ...place(), by: 'email', value: 'a@calls.example' }),
  'POST /contacts/{id}/tags': (api) => addContactTags(api, contactId, ['x']),
  'DELETE /contacts/{id}/tags': (api) => removeContactTags(api, contactId, ['x']),
  'POST /contacts/{id}/followers': (api) => addFollowers(api, contactId, [place().userId]),
  'DELETE /contacts/{id}/followers': (api) => removeFollowers(api, contactId, [place().userId]),
  'POST /contacts/{id}/workflow/{id}': (api) => enrolments.addToWorkflow(api, { contactId, ...place() }),
  'DELETE /contacts/{id}/workflow/{id}': (api) => enrolments.removeFromWorkflow(api, { contactId, ...place() }),
  'POST /contacts/{id}/campaigns/{id}': (api) => enrolments.addToCampaign(api, { contactId, ...place() }),
  'DELETE /contacts/{id}/campaigns/{id}': (api) => enrolments.removeFromCampaign(api, { contactId, ...place() }),
  'DELETE /contacts/{id}/campaigns/removeAll': (api) => enrolments.removeFromAllCampaigns(api, contactId),
  'GET /locations/{id}': (api) => getCompanyId(api, place().locationId),
  'GET /locations/{id}/customFields': (api) => listCustomFields(api, place().locationId),
  'POST /locations/{id}/customFields': (api) =>
    createCustomField(api, place().locationId, { name: `Field ${++count}`, dataType: 'TEXT' }),
  'GET /locations/{id}/tags': (api) => listTags(api, place().locationId),
  'POST /locations/{id}/tags': (api) => createTag(api, place().locationId, `Tag ${++count}`),
  'GET /workflows/': (api) => listWorkflows(api, place().locationId),
  'GET /campaigns/': (api) => listCampaigns(api, place().locationId),
  'GET /users/search': (api) => listUsers(api, place()),
  // The last, since it takes the contact away.
  'DELETE /contacts/{id}': (api) => deleteContact(api, contactId),
}

/** What some are content with: "not there" when it is looked for or should go. */
const FAULTS: { name: string; fault: PlatformFault; code: TroubleCode; mayPass?: true }[] = [
  { name: '401', fault: answered(401, { message: 'Invalid JWT' }), code: 'credentials_refused' },
  { name: '403', fault: answered(403), code: 'rejected' },
  { name: '404', fault: answered(404), code: 'not_found', mayPass: true },
  { name: '429', fault: answered(429), code: 'rate_limited' },
  { name: '500', fault: answered(500), code: 'unavailable' },
  { name: 'another shape', fault: answered(200, { surprise: [1] }), code: 'unexpected_answer', mayPass: true },
  { name: 'a cut connection', fault: { path: '/', kind: 'cut' }, code: 'unreachable' },
]

function answered(status: number, body?: object): PlatformFault {
  return { path: '/', kind: 'answer', status, ...(body && { body }) }
}

const patternOf = ({ method, path }: { method: string; path: string }): string =>
  `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{id}').replace(/\/[A-Za-z0-9]{20}(?=\/|$)/g, '/{id}')}`

describe.for(Object.entries(CALLS))('%s', ([name, call]) => {
  test('is what is sent, and can be read', async () => {
    contactId = platform.control.createContact(platform.locationId, someone()).id
    platform.control.clearRequests()
    await call(platform.api)
    expect(platform.control.requests().map(patternOf)).toEqual([name])
  })

  test('whatever is answered instead, the trouble has its name', async () => {
    contactId = platform.control.createContact(platform.locationId, someone()).id
    for (const { name: fault, fault: given, code, mayPass } of FAULTS) {
      platform.control.failNext(given)
      const outcome = await call(platform.api).then(
        () => ({ code: 'passed' }),
        (error: unknown) => error,
      )
      const expected = mayPass ? expect.stringMatching(new RegExp(`^(passed|${code})$`)) : code
      expect([fault, outcome]).toEqual([fault, expect.objectContaining({ code: expected })])
      expect(String(outcome instanceof Error ? outcome.message : '')).not.toContain('calls.example')
    }
  })
})

test('a write whose answer cannot be read may have been done all the same', async () => {
  const odd = {
    path: '/contacts/',
    method: 'POST',
    kind: 'answer after effect',
    status: 201,
    body: { odd: 1 },
  } as const
  platform.control.failNext(odd)
  const body = someone()
  const create = createContact(platform.api, { ...place(), tags: [], body })
  await expect(create).rejects.toMatchObject({ code: 'unexpected_answer', outcomeUnknown: true })
  expect(await findDuplicate(platform.api, { ...place(), by: 'email', value: body.email })).not.toBeNull()
})

test('a field that vanished or changed its type costs that field alone', async () => {
  const { id } = platform.control.createContact(platform.locationId, someone())
  const contact = {
    id,
    city: 7,
    tags: null,
    customFields: [null, { id: 5 }, { id: 'a', value: ['x'] }],
    dateUpdated: 'never',
  }
  const answer = {
    ...contact,
    dndSettings: { Email: 'odd', SMS: { status: 'active' } },
    additionalEmails: [{ email: 'b@b.example' }, 3],
  }
  platform.control.failNext({
    path: id,
    kind: 'answer',
    status: 200,
    body: { contact: { ...answer, dnd: false } },
  })
  const read = await findContact(platform.api, id).catch((error: unknown) => error)
  // What a restriction is made of is never guessed.
  expect(read).toMatchObject({ code: 'unexpected_answer' })
  const { dndSettings: _odd, ...readable } = answer
  platform.control.failNext({ path: id, kind: 'answer', status: 200, body: { contact: readable } })
  expect(await findContact(platform.api, id)).toMatchObject({
    fields: { city: '7' },
    tags: [],
    customFields: [{ id: 'a', value: ['x'] }],
    additionalEmails: ['b@b.example'],
    updatedAt: null,
  })
})
