import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkRequest, checkResponse, openApiAvailable } from '../../support/openapi.ts'
import { type Call, type RunningSandbox, registration, startSandbox } from './start-sandbox.ts'

if (!openApiAvailable)
  console.warn("HighLevel's OpenAPI documents are not here (HIGHLEVEL_SPECS): contract tests skipped.")

describe.skipIf(!openApiAvailable)("the sandbox answers as HighLevel's documents say", () => {
  let sandbox: RunningSandbox
  let locationId: string
  let companyId: string
  let locationToken: string
  let companyToken: string

  beforeAll(async () => {
    sandbox = await startSandbox()
    const [location] = sandbox.control.locations()
    locationId = location?.id ?? ''
    companyId = location?.companyId ?? ''
    companyToken = await tokenFrom(sandbox.control.installCompany(companyId))
    locationToken = await tokenFrom(sandbox.control.installLocation(locationId))
  })
  afterAll(() => sandbox.stop())

  const tokenFrom = async (redirect: string): Promise<string> =>
    String((await sandbox.exchange(redirect)).body.access_token)

  /** Makes the call and holds both sides of it against the documents. */
  async function checked(path: string, call: Call): Promise<{ status: number; body: Record<string, unknown> }> {
    sandbox.control.clearRequests()
    const answer = await sandbox.call(path, call)
    const [received] = sandbox.control.requests()
    if (received === undefined) throw new Error('nothing was received')
    expect(checkResponse({ ...received, status: answer.status, body: answer.body })).toEqual([])
    expect(answer.body.traceId).toEqual(expect.any(String))
    if (answer.status < 300) expect(checkRequest(received)).toEqual([])
    return answer
  }

  test('tokens', async () => {
    const client = { client_id: registration.clientId, client_secret: registration.clientSecret }
    const code = new URL(sandbox.control.installLocation(locationId)).searchParams.get('code') ?? ''
    const first = await checked('/oauth/token', { form: { ...client, grant_type: 'authorization_code', code } })
    expect(first.status).toBe(200)
    const refresh_token = String(first.body.refresh_token)
    const again = await checked('/oauth/token', { form: { ...client, grant_type: 'refresh_token', refresh_token } })
    expect(again.status).toBe(200)
    const refused = { ...client, grant_type: 'refresh_token', refresh_token: 'x' }
    expect((await checked('/oauth/token', { form: refused })).status).toBe(400)
    const form = { companyId, locationId }
    expect((await checked('/oauth/locationToken', { token: companyToken, form })).status).toBe(201)
    expect((await checked('/oauth/locationToken', { token: locationToken, form })).status).toBe(401)
    expect((await checked('/oauth/locationToken', { token: companyToken, form: { companyId } })).status).toBe(422)
  })

  test('installations', async () => {
    const path = `/oauth/installedLocations?companyId=${companyId}&appId=${registration.appId}&isInstalled=true&limit=2`
    expect((await checked(path, { token: companyToken })).status).toBe(200)
    const app = `/marketplace/app/${registration.appId}/installations`
    expect((await checked(app, { token: locationToken })).status).toBe(200)
    expect((await checked(app, { token: companyToken })).status).toBe(200)
    const [other] = sandbox.control.locations().slice(-1)
    const token = await tokenFrom(sandbox.control.installLocation(other?.id ?? ''))
    const body = { locationId: other?.id, reason: 'contract' }
    expect((await checked(app, { method: 'DELETE', token, body })).status).toBe(200)
  })

  test('a paid installation', async () => {
    const planned = sandbox.control.locations()[1]?.id ?? ''
    const code = new URL(sandbox.control.installLocation(planned, { planId: 'p1', trialDuration: 10 })).searchParams
    const { clientId: client_id, clientSecret: client_secret } = registration
    const form = { client_id, client_secret, grant_type: 'authorization_code', code: code.get('code') ?? '' }
    const { body } = await checked('/oauth/token', { form })
    expect(body.planId).toBe('p1')
    const details = await checked(`/marketplace/app/${registration.appId}/installations`, {
      token: String(body.access_token),
    })
    expect(details.body.installationDetails).toMatchObject({ marketplaceAppPlanId: 'p1' })
    const path = `/oauth/installedLocations?companyId=${companyId}&appId=${registration.appId}&onTrial=true&planId=p1`
    expect((await checked(path, { token: companyToken })).body.locations).toMatchObject([{ _id: planned }])
  })

  test('contacts', async () => {
    const token = locationToken
    const [number, option] = ['NUMERICAL', 'SINGLE_OPTIONS'].map(
      (type) => sandbox.control.customFields(locationId).find((field) => field.dataType === type)?.id,
    )
    const created = await checked('/contacts/', {
      token,
      body: {
        locationId,
        name: 'תמר לוי',
        email: 'tamar@contract.example',
        phone: '+972545550001',
        gender: 'female',
        companyName: 'Contract',
        dateOfBirth: '1990-02-03',
        tags: ['New'],
        dndSettings: { SMS: { status: 'active', message: 'asked', code: '1' } },
        customFields: [
          { id: number, field_value: 7 },
          { id: option, field_value: 'Plus' },
        ],
      },
    })
    expect(created.status).toBe(201)
    const { id } = created.body.contact as { id: string }
    expect((await checked(`/contacts/${id}`, { token })).status).toBe(200)
    const update = { city: 'Haifa', email: null, customFields: [{ key: 'plan', field_value: 'Basic' }] }
    expect((await checked(`/contacts/${id}`, { method: 'PUT', token, body: update })).status).toBe(200)
    const upsert = { locationId, phone: '+972545550001', tags: ['again'], createNewIfDuplicateAllowed: true }
    expect((await checked('/contacts/upsert', { token, body: upsert })).body.new).toBe(false)
    expect((await checked(`/contacts/${id}/tags`, { token, body: { tags: ['b'] } })).status).toBe(201)
    expect((await checked(`/contacts/${id}/tags`, { method: 'DELETE', token, body: { tags: ['b'] } })).status).toBe(200)
    const search = { locationId, pageLimit: 2, sort: [{ field: 'email', direction: 'asc' }] }
    expect((await checked('/contacts/search', { token, body: search })).status).toBe(200)
    const duplicate = `/contacts/search/duplicate?locationId=${locationId}&number=${encodeURIComponent('+972545550001')}`
    expect((await checked(duplicate, { token })).status).toBe(200)
    expect((await checked(`/contacts/${id}`, { method: 'DELETE', token })).status).toBe(200)
    expect((await checked(`/contacts/${id}`, { token })).status).toBe(400)
    expect((await checked('/contacts/', { token, body: { locationId, unheardOf: 1 } })).status).toBe(422)
  })

  test('followers, workflows, campaigns and users', async () => {
    const token = locationToken
    const [contact] = sandbox.control.contacts(locationId)
    const own = `/contacts/${contact?.id}`
    const users = `/users/search?companyId=${companyId}&locationId=${locationId}&limit=1&skip=1&query=o`
    expect((await checked(users, { token })).status).toBe(200)
    expect((await checked(users, { token: companyToken })).status).toBe(200)
    expect((await checked('/users/search', { token: companyToken })).status).toBe(422)
    const body = { followers: [sandbox.control.users(locationId)[0]?.id] }
    expect((await checked(`${own}/followers`, { token, body })).body).toMatchObject({
      ...body,
      followersAdded: body.followers,
    })
    const removed = await checked(`${own}/followers`, { method: 'DELETE', token, body })
    expect(removed.body).toMatchObject({ followers: [], followersRemoved: body.followers })
    expect((await checked(`${own}/followers`, { token, body: { followers: ['nobody'] } })).status).toBe(422)

    const workflows = await checked(`/workflows/?locationId=${locationId}`, { token })
    const campaigns = await checked(`/campaigns/?locationId=${locationId}`, { token })
    const [workflow] = workflows.body.workflows as { id: string }[]
    const [campaign] = campaigns.body.campaigns as { id: string }[]
    const enrolment = `${own}/workflow/${workflow?.id}`
    const start = { eventStartTime: '2026-06-23T03:30:00+01:00' }
    expect((await checked(enrolment, { token, body: start })).status).toBe(200)
    expect((await checked(enrolment, { method: 'DELETE', token, body: {} })).status).toBe(200)
    expect((await checked(`${own}/campaigns/${campaign?.id}`, { token, body: {} })).status).toBe(201)
    expect((await checked(`${own}/campaigns/${campaign?.id}`, { method: 'DELETE', token })).status).toBe(200)
    await checked(`${own}/campaigns/${campaign?.id}`, { token, body: {} })
    expect((await checked(`${own}/campaigns/removeAll`, { method: 'DELETE', token })).status).toBe(200)
    expect(
      sandbox.control.enrolments(String(contact?.id)).map(({ kind, endedAt }) => [kind, endedAt !== null]),
    ).toEqual([
      ['workflow', true],
      ['campaign', true],
      ['campaign', true],
    ])
    expect((await checked(`${own}/workflow/unknown`, { token, body: {} })).status).toBe(400)
    expect((await checked(`${own}/workflow/${workflow?.id}`, { token, body: { when: 1 } })).status).toBe(422)
  })

  test('the location and its dictionaries', async () => {
    const token = locationToken
    expect((await checked(`/locations/${locationId}`, { token })).status).toBe(200)
    expect((await checked(`/locations/${locationId}`, { token: companyToken })).status).toBe(200)
    const fields = `/locations/${locationId}/customFields`
    expect((await checked(`${fields}?model=all`, { token })).status).toBe(200)
    expect((await checked(fields, { token, body: { name: 'Partner id', dataType: 'TEXT' } })).status).toBe(201)
    expect((await checked(fields, { token, body: { name: 'Partner id', dataType: 'NOTHING' } })).status).toBe(422)
    expect((await checked(`/locations/${locationId}/tags`, { token })).status).toBe(200)
    expect((await checked(`/locations/${locationId}/tags`, { token, body: { name: 'Contract' } })).status).toBe(200)
  })

  test('tasks and notes', async () => {
    const token = locationToken
    const contact = `/contacts/${sandbox.control.createContact(locationId, { name: 'Contract' }).id}`
    const put = (body: object): Call => ({ method: 'PUT', token, body })
    for (const [noun, body] of [
      ['task', { title: 'Call', dueDate: '2026-12-01T11:00:00Z', completed: false, body: 'x', assignedTo: 'u1' }],
      ['note', { body: 'Prefers mornings', title: 'Times', userId: 'u1', color: '#ff0000', pinned: true }],
    ] as const) {
      const all = `${contact}/${noun}s`
      const made = await checked(all, { token, body })
      expect(made.status).toBe(201)
      const one = `${all}/${(made.body[noun] as { id: string }).id}`
      expect((await checked(all, { token })).body[`${noun}s`]).toHaveLength(1)
      expect((await checked(one, { token })).status).toBe(200)
      expect((await checked(one, put({ title: 'Other' }))).status).toBe(200)
      if (noun === 'task') expect((await checked(`${one}/completed`, put({ completed: true }))).status).toBe(200)
      expect((await checked(all, { token, body: { title: 'x' } })).status).toBe(422)
      expect((await checked(one, put({ unheardOf: 1 }))).status).toBe(422)
      expect((await checked(one, { method: 'DELETE', token })).body.succeded).toBe(true)
      expect((await checked(one, { token })).status).toBe(404)
    }
    const search = `/locations/${locationId}/tasks/search`
    expect((await checked(search, { token, body: { completed: false, limit: 5 } })).status).toBe(200)
  })

  test('calendars and appointments', async () => {
    const [token, version] = [locationToken, '2021-04-15']
    const contactId = sandbox.control.createContact(locationId, { name: 'Contract' }).id
    const call = (method: string, body: object): Call => ({ method, token, version, body })
    expect((await checked(`/calendars/?locationId=${locationId}`, { token, version })).status).toBe(200)
    expect((await checked('/calendars/', { token, version })).status).toBe(400)
    const calendarId = sandbox.control.calendars(locationId)[0]?.id ?? ''
    const [from, to] = [sandbox.control.now(), sandbox.control.now() + 3 * 86_400_000]
    const free = `/calendars/${calendarId}/free-slots?startDate=${from}&endDate=`
    const slots = await checked(`${free}${to}&timezone=Europe/Berlin`, { token, version })
    const days = Object.entries(slots.body).filter(([day]) => day !== 'traceId') as [string, { slots: string[] }][]
    const startTime = days[0]?.[1].slots[0] ?? ''
    expect(startTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:[03]0:00\+0[12]:00$/)
    expect((await checked(`${free}${from + 32 * 86_400_000}`, { token, version })).status).toBe(400)

    const all = '/calendars/events/appointments'
    const body = { calendarId, locationId, contactId, startTime, title: 'First', description: 'x', toNotify: false }
    const made = await checked(all, { token, version, body })
    expect([made.status, made.body]).toMatchObject([200, { calendarId, contactId, appointmentStatus: 'confirmed' }])
    expect((await checked(all, { token, version, body })).status).toBe(400)
    expect((await checked(all, { token, version, body: { ...body, rrule: 'RRULE:FREQ=DAILY' } })).status).toBe(400)
    expect((await checked(all, { token, version, body: { ...body, appointmentStatus: 'booked' } })).status).toBe(400)
    const one = `${all}/${made.body.id}`
    expect((await checked(one, call('PUT', { appointmentStatus: 'showed', title: 'Second' }))).status).toBe(200)
    expect((await checked(one, { token, version })).body.event).toMatchObject({ title: 'Second', description: 'x' })
    expect((await checked(`/contacts/${contactId}/appointments`, { token })).body.events).toHaveLength(1)
    const gone = await checked(`/calendars/events/${made.body.id}`, call('DELETE', {}))
    expect([gone.status, gone.body.succeeded]).toEqual([201, true])
    expect((await checked(one, { token, version })).status).toBe(404)
  })

  test('pipelines and opportunities', async () => {
    const token = locationToken
    const contactId = sandbox.control.createContact(locationId, { name: 'Contract' }).id
    const { body: field } = await checked(`/locations/${locationId}/customFields`, {
      token,
      body: { name: 'Contract number', dataType: 'TEXT', model: 'opportunity' },
    })
    const pipelines = await checked(`/opportunities/pipelines?locationId=${locationId}`, { token })
    const [pipeline] = pipelines.body.pipelines as { id: string; stages: { id: string }[] }[]
    const { id: customId } = field.customField as { id: string }
    const body = { locationId, contactId, pipelineId: pipeline?.id, name: 'Membership', status: 'open' }
    const made = await checked('/opportunities/', {
      token,
      body: { ...body, monetaryValue: 12.5, customFields: [{ id: customId, field_value: 'A-1' }] },
    })
    expect(made.status).toBe(201)
    const { id } = made.body.opportunity as { id: string }
    const one = `/opportunities/${id}`
    const put = (change: object): Call => ({ method: 'PUT', token, body: change })
    expect((await checked(one, { token })).body.opportunity).toMatchObject({
      pipelineStageId: pipeline?.stages[0]?.id,
      customFields: [{ id: customId, fieldValue: 'A-1' }],
    })
    expect((await checked(one, put({ pipelineStageId: pipeline?.stages[2]?.id }))).status).toBe(200)
    expect((await checked(`${one}/status`, put({ status: 'won' }))).body.succeded).toBe(true)
    expect((await checked(one, put({ contactId }))).status).toBe(422)
    expect((await checked('/opportunities/', { token, body: { ...body, contactId: 'nobody' } })).status).toBe(400)

    const search = `/opportunities/search?location_id=${locationId}&contact_id=${contactId}`
    expect((await checked(`${search}&status=won&limit=100`, { token })).body.opportunities).toMatchObject([{ id }])
    expect((await checked(`${search}&status=open`, { token })).body.opportunities).toEqual([])
    expect((await checked(`${search}&date=01-31-2020&order=added_asc`, { token })).body.opportunities).toHaveLength(1)
    for (const wrong of ['limit=101', 'date=2020-01-31', 'page=0', 'pipelineId=x', 'status=closed']) {
      expect((await checked(`${search}&${wrong}`, { token })).status).toBe(422)
    }
    expect((await checked(one, { method: 'DELETE', token })).body.succeded).toBe(true)
    expect((await checked(one, { token })).status).toBe(404)
  })

  test('the check itself finds what is wrong', () => {
    const request = { method: 'PUT', path: '/contacts/abc', headers: { 'content-type': 'application/json' }, query: {} }
    expect(checkRequest({ ...request, body: { gender: 'female', tags: 'one' } })).toEqual([
      'header Version is missing',
      '/tags must be array',
      'property gender is not documented',
    ])
    expect(checkRequest({ ...request, path: '/contact/abc', body: {} })).toEqual(['PUT /contact/abc is not documented'])
    const answer = { method: 'GET', path: '/contacts/abc', status: 200 }
    expect(checkResponse({ ...answer, body: { contact: { dnd: 'yes' } } })).toEqual(['/contact/dnd must be boolean'])
    expect(checkResponse({ ...answer, status: 302, body: {} })).toEqual(['302 is not documented'])
  })
})
