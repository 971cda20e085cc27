import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, type RunningSandbox, startSandbox } from './start-sandbox.ts'

type Item = Record<string, unknown> & { searchAfter: unknown[] }

let sandbox: RunningSandbox
let locationId: string
let token: string

beforeAll(async () => {
  sandbox = await startSandbox()
  locationId = sandbox.control.locations()[3]?.id ?? ''
  token = String((await sandbox.exchange(sandbox.control.installLocation(locationId))).body.access_token)
})
afterAll(() => sandbox.stop())

const search = (body: object): Promise<Answer> =>
  sandbox.call('/contacts/search', { token, body: { locationId, pageLimit: 20, ...body } })

async function namesFound(body: object): Promise<unknown[]> {
  const answer = await search({ sort: [{ field: 'firstNameLowerCase', direction: 'asc' }], ...body })
  return (answer.body.contacts as Item[]).map((item) => item.firstNameLowerCase)
}

test('leaving out the location or the page limit is refused', async () => {
  const answer = await sandbox.call('/contacts/search', { token, body: {} })
  expect(answer.status).toBe(422)
  expect(answer.body.message).toEqual(['locationId must be a string', 'pageLimit must be an integer number'])
})

test('filters and groups find contacts', async () => {
  const filter = (field: string, operator: string, value?: unknown) => ({ field, operator, value })
  expect(await namesFound({ filters: [filter('tags', 'eq', 'client')] })).toEqual(['anke', 'björn', 'ole'])
  expect(await namesFound({ filters: [filter('phone', 'not_exists')] })).toEqual(['lukas'])
  const either = {
    group: 'OR',
    filters: [filter('source', 'eq', 'referral'), filter('businessName', 'contains', 'gmbh')],
  }
  expect(await namesFound({ filters: [either] })).toEqual(['ole', 'çigdem'])
  const [, visits] = sandbox.control.customFields(locationId)
  expect(await namesFound({ filters: [filter(`customFields.${visits?.id}`, 'range', { gte: 10 })] })).toEqual(['björn'])
  const since = { gt: sandbox.control.contacts(locationId)[3]?.dateAdded }
  expect(await namesFound({ filters: [filter('dateAdded', 'range', since)] })).toEqual(['maren', 'ole'])
  expect(await namesFound({ query: 'schröder' })).toEqual(['anke'])
})

test('filters that the platform does not know are refused', async () => {
  const refusal = async (filter: object) => (await search({ filters: [filter] })).status
  expect(await refusal({ field: 'email', operator: 'contains', value: 'mail' })).toBe(422)
  expect(await refusal({ field: 'shoeSize', operator: 'eq', value: 42 })).toBe(422)
  expect(await refusal({ field: 'source', operator: 'like', value: 'x' })).toBe(422)
  expect((await search({ pageLimit: 501 })).status).toBe(422)
  expect((await search({ pageLimit: 500, page: 21 })).status).toBe(422)
})

test('pages follow by number or by cursor, without gap or repeat', async () => {
  const byNumber = [await namesFound({ pageLimit: 4 }), await namesFound({ pageLimit: 4, page: 2 })].flat()
  expect(byNumber).toHaveLength(6)
  expect(new Set(byNumber).size).toBe(6)

  const seen: unknown[] = []
  let searchAfter: unknown[] | undefined
  for (;;) {
    const { body } = await search({ pageLimit: 2, ...(searchAfter && { searchAfter }) })
    const items = body.contacts as Item[]
    if (items.length === 0) break
    seen.push(...items.map((item) => item.id))
    searchAfter = items.at(-1)?.searchAfter
  }
  expect(seen).toEqual(
    sandbox.control
      .contacts(locationId)
      .toReversed()
      .map(({ id }) => id),
  )
})

test('a new contact reaches the index late when the index lags', async () => {
  sandbox.control.setSearchLag(2_000)
  const contact = sandbox.control.createContact(locationId, { firstName: 'Zoë', email: 'zoe@search.example' })
  const byEmail = { filters: [{ field: 'email', operator: 'eq', value: 'zoe@search.example' }] }
  expect(await namesFound(byEmail)).toEqual([])
  expect((await sandbox.call(`/contacts/${contact.id}`, { token })).status).toBe(200)
  sandbox.control.advance(2_000)
  expect(await namesFound(byEmail)).toEqual(['zoë'])
  sandbox.control.deleteContact(contact.id)
  sandbox.control.setSearchLag(0)
})
