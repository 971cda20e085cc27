import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Account, openAccount } from '../support/account.ts'
import { type Line, startLine } from '../support/line.ts'
import { eventually } from '../support/people.ts'
import { keepBothWays, quiet } from '../support/two-way.ts'

/** Two systems beside the product do not agree about a street: each sets it back as soon as it is changed. */

const MOST_REWRITES = 40

let line: Line
let account: Account
let stranger: Account

beforeAll(async () => {
  line = await startLine({ hooks: true })
  line.highLevel.control.setRateLimit({ burst: 10_000 })
  account = await openAccount(line, 0)
  stranger = await openAccount(line, 3)
  for (const one of [account, stranger]) await keepBothWays(line, one)
})

afterAll(() => line?.close())

type Pair = { here: string; there: number }

async function pairOf(who: Account, email: string): Promise<Pair> {
  const here = await who.create({ email, firstName: 'Noa', address1: 'Agreed' })
  await quiet(line, who.tenantId)
  return { here, there: who.only({ email }).id }
}

const streetHere = ({ here }: Pair) => line.highLevel.control.contact(here)?.address1
const streetThere = ({ there }: Pair, { token } = account) =>
  line.activeTrail.control.contacts(token).find(({ id }) => id === there)?.street
const setHere = ({ here }: Pair, address1: string) => void line.highLevel.control.updateContact(here, { address1 })
const setThere = ({ there }: Pair, street: string) => void line.activeTrail.control.editContact(there, { street })

function quarrelAbout(pair: Pair): { end(): void } {
  const timer = setInterval(() => {
    if (streetHere(pair) !== 'Ours') setHere(pair, 'Ours')
    if (streetThere(pair) !== 'Theirs') setThere(pair, 'Theirs')
  }, 20)
  return { end: () => clearInterval(timer) }
}

type Asked = { id: string; kind: string; highLevelId: string | null; partnerId: string | null; question: string }
const asked = async (who = account): Promise<Asked[]> =>
  ((await (await who.owner.get('/settings/conflicts')).json()) as { conflicts: Asked[] }).conflicts
const decide = (conflictIds: string[], kind: string, who = account) =>
  who.owner.send('POST', '/settings/conflicts/decisions', { conflictIds, decision: { kind } })

const askedOnce = async (): Promise<Asked> => {
  const [question, ...others] = await eventually(
    () => asked(),
    (all) => all.length > 0,
    60_000,
  )
  expect(others).toEqual([])
  return question as Asked
}

/** What was really sent about a pair, to either side. */
const sent = ({ here, there }: Pair) =>
  [
    ...line.highLevel.control.requests({ path: `/contacts/${here}` }),
    ...line.activeTrail.control.requests().filter(({ path }) => path.endsWith(`/contacts/${there}`)),
  ].filter(({ method }) => method === 'PUT').length

test('a pair that is set back again and again is left alone after forty rewrites, until its owner lets it go on', async () => {
  const pair = await pairOf(account, 'quarrel@example.com')
  const other = await pairOf(account, 'other@example.com')
  const foreign = await pairOf(stranger, 'quarrel@example.com')
  const quarrel = quarrelAbout(pair)
  const question = await askedOnce()
  quarrel.end()
  await quiet(line, null)

  expect(question).toMatchObject({ kind: 'brake', highLevelId: pair.here, partnerId: String(pair.there) })
  expect(question.question).toBe('This record was changed again and again. May it go on?')
  expect(sent(pair)).toBe(MOST_REWRITES - 1) // the first was its making

  setHere(pair, 'Meanwhile')
  setHere(other, 'Herzl 1')
  setHere(foreign, 'Herzl 2')
  await quiet(line, null)
  expect(sent(pair)).toBe(MOST_REWRITES - 1)
  expect((await account.runs(pair.here))[0]).toMatchObject({
    outcome: 'skipped',
    reason: expect.stringMatching(/again and again within an hour, so it is left alone/),
  })
  expect([streetThere(other), streetThere(foreign, stranger)]).toEqual(['Herzl 1', 'Herzl 2'])
  expect(await asked(stranger)).toEqual([])
  expect((await decide([question.id], 'go_on', stranger)).status).toBe(404)
  expect(await asked()).toHaveLength(1)

  expect((await decide([question.id], 'go_on')).status).toBe(204)
  await eventually(
    () => [streetHere(pair), streetThere(pair)],
    ([here, there]) => here === there,
  )
  await quiet(line, null)
  expect(sent(pair)).toBe(MOST_REWRITES)
  expect(await asked()).toEqual([])
  expect((await decide([question.id], 'go_on')).status).toBe(409)
  setThere(pair, 'Herzl 3')
  await quiet(line, null)
  expect(streetHere(pair)).toBe('Herzl 3')
}, 120_000)

test('what was let go on stops again if nothing has changed, and stays so if its owner leaves it alone', async () => {
  const pair = await pairOf(account, 'again@example.com')
  const quarrel = quarrelAbout(pair)
  const first = await askedOnce()
  expect((await decide([first.id], 'go_on')).status).toBe(204)
  const second = await askedOnce()
  quarrel.end()
  await quiet(line, null)
  expect(second.id).not.toBe(first.id)
  expect(sent(pair)).toBe(2 * MOST_REWRITES - 1)
  expect((await decide([second.id], 'leave')).status).toBe(204)
  setHere(pair, 'Unheard')
  await quiet(line, null)
  expect([sent(pair), await asked()]).toEqual([2 * MOST_REWRITES - 1, []])
}, 120_000)
