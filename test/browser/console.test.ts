import pg from 'pg'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAdminLink } from '../../src/console/operator-session.ts'
import { storeDeliveries } from '../deliveries/stored.ts'
import { collectComplaints } from '../support/host.ts'
import { openStage, type Stage } from '../support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await stage.connect()
})
afterAll(() => stage?.close())

const linkFor = (operator: string): Promise<string> => {
  const { appUrl: baseUrl, config, database } = stage.line
  return makeAdminLink({ database, now: Date.now, sessionKeys: config.sessionKeys, baseUrl }, operator)
}

/** Nobody is signed in. */
async function openBlank(): Promise<Page> {
  const page = await stage.browser.newPage()
  await page.context().clearCookies()
  return page
}

async function signIn(operator = 'dana'): Promise<Page> {
  const page = await openBlank()
  await page.goto(await linkFor(operator))
  await page.getByRole('heading', { name: 'Audit log' }).waitFor()
  return page
}

/** What the rows of the log say in one column. */
const column = (page: Page, name: string): Promise<string[]> => page.locator(`td[data-label="${name}"]`).allInnerTexts()

test('a link signs in once, and leaves nothing in the address', async () => {
  const link = await linkFor('dana')
  const page = await openBlank()
  const complaints = collectComplaints(page)
  await page.goto(link)
  await page.getByRole('heading', { name: 'Audit log' }).waitFor()
  expect(page.url()).toBe(`${stage.line.appUrl}/admin/audit`)
  await page.goBack()
  expect(page.url()).not.toContain('#e')
  expect(complaints).toEqual([])

  await page.goto(`${stage.line.appUrl}/admin/audit`)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.goto('about:blank')
  await page.goto(link)
  await page.getByText('This link was used already or is too old.').waitFor()
  expect(page.url()).toBe(`${stage.line.appUrl}/admin`)
  await page.goto(`${stage.line.appUrl}/admin/audit`)
  await page.getByText('Please sign in.').waitFor()
})

test('whoever is signed in already does not carry the token of another link along', async () => {
  const page = await signIn()
  await page.goto('about:blank')
  await page.goto(await linkFor('dana'))
  await page.getByRole('heading', { name: 'Audit log' }).waitFor()
  expect(new URL(page.url()).hash).toBe('')
})

test('without a link it says how to get one', async () => {
  const page = await openBlank()
  await page.goto(`${stage.line.appUrl}/admin`)
  await page.getByText('node src/cli.ts admin-link').waitFor()
})

test('filters by tenant, actor and action, also over pages and through a check', async () => {
  const page = await signIn('noa')
  for (let made = 0; made < 60; made++) await linkFor('many')
  await page.getByLabel('Action').selectOption('console.link_made')
  await page.getByLabel('Actor').fill('many')
  await page.getByLabel('Tenant').selectOption({ label: 'This server' })
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('link', { name: 'Older' }).click()
  expect(await column(page, 'Actor')).toEqual(Array(10).fill('operator many'))
  expect(await column(page, 'Action')).toEqual(Array(10).fill('console.link_made'))

  await page.getByRole('button', { name: 'Check the chain' }).click()
  await page.getByText('The audit log is whole.').waitFor()
  expect(await column(page, 'Actor')).toEqual(Array(10).fill('operator many'))
  expect(await page.getByLabel('Actor').inputValue()).toBe('many')
  await page.getByRole('link', { name: 'Newest' }).click()
  expect(await column(page, 'Actor')).toHaveLength(50)

  await page.getByRole('link', { name: 'Clear' }).click()
  await page.getByLabel('Actor').fill('user')
  await page.getByRole('button', { name: 'Filter' }).click()
  expect(await column(page, 'Action')).toContain('connection.created')
  expect(await column(page, 'Tenant')).not.toContain('This server')
  await page.getByLabel('Actor').fill('nobody')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByText('Nothing matches.').waitFor()
})

test('a check names what was tampered with', async () => {
  const page = await signIn()
  const restore = await tamper()
  await page.getByRole('button', { name: 'Check the chain' }).click()
  await page.getByText('The audit log was tampered with.').waitFor()
  await page.getByText(/Carmel Growth Agency.*: an entry was changed at number 1\./).waitFor()
  await restore()
  await page.getByRole('button', { name: 'Check the chain' }).click()
  await page.getByText('The audit log is whole.').waitFor()
})

/** What only the owner of the database can do, and only past the triggers that forbid it. */
async function tamper(): Promise<() => Promise<void>> {
  const write = async (from: string, to: string): Promise<void> => {
    const client = new pg.Client({ connectionString: stage.line.databaseUrl })
    await client.connect()
    await client.query('set session_replication_role = replica')
    const { rowCount } = await client.query(
      `update audit_entries set actor_kind = $2 where action = 'installation.installed' and actor_kind = $1`,
      [from, to],
    )
    await client.end()
    expect(rowCount).toBe(1)
  }
  await write('user', 'system')
  return () => write('system', 'user')
}

test('by keyboard alone, an operator finds what was given up and puts it back to be worked on', async () => {
  const { tenant_id: tenantId } = await stage.line.database.system.sql('connections').first()
  const sent = { type: 'ContactUpdate', appId: stage.line.config.highLevel.appId, locationId: stage.locationId }
  await storeDeliveries(stage.line, tenantId, Array(2).fill({ sent, reason: 'unavailable' }))
  const page = await signIn()
  const complaints = collectComplaints(page)
  const press = async (role: 'link' | 'button', name: string | RegExp): Promise<void> => {
    await page.getByRole(role, { name }).first().focus()
    await page.keyboard.press('Enter')
  }
  await press('link', 'Deliveries')
  await press('link', 'unavailable')
  await page.waitForURL(/reason=unavailable/)
  expect(await column(page, 'Reason')).toEqual(['unavailable', 'unavailable'])
  await press('link', /^Replay all that match/)
  await page.getByLabel('Reason').focus()
  await page.keyboard.press('Enter') // nothing is sent without a reason
  await page.keyboard.type('it works again')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Look again' }).waitFor()
  for (let left = 50; (await page.getByText('2 of 2 were put back to be worked on').count()) === 0; left -= 1) {
    expect(left).toBeGreaterThan(0)
    await page.waitForTimeout(100)
    await page.reload()
  }
  await press('link', 'Audit log')
  await page.getByRole('heading', { name: 'Audit log' }).waitFor()
  expect((await column(page, 'Details')).join('\n')).toContain(
    'count: 2, filter: state dead, reason unavailable, reason: it works again',
  )
  expect(complaints).toEqual([])
})
