import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Browser, openBrowser } from '../support/browser.ts'
import { collectComplaints, connectActiveTrail, editContact, installThroughPages } from '../support/host.ts'
import { type Line, startLine } from '../support/line.ts'

let line: Line
let browser: Browser

beforeAll(async () => {
  ;[line, browser] = await Promise.all([startLine(), openBrowser({ blockThirdPartyCookies: true })])
})
afterAll(async () => {
  await browser?.close()
  await line?.close()
})

test('from the start page to a contact in ActiveTrail, with third-party cookies blocked', async () => {
  const page = await browser.newPage()
  const complaints = collectComplaints(page)
  const location = line.highLevel.control.locations()[0]
  const locationId = String(location?.id)

  await installThroughPages(page, line, String(location?.name))
  await page.getByText('Causeway is installed for').waitFor()
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(location?.name)
  expect(new URL(page.url()).origin).toBe(line.appUrl)
  await page.getByRole('link', { name: 'Back to my account' }).click()

  await page.getByRole('link', { name: /^Open Causeway in/ }).click()
  const app = page.frameLocator('iframe')
  await app.getByRole('heading', { level: 1, name: String(location?.name) }).waitFor()
  await app.getByText('Connect a system first').waitFor()

  await connectActiveTrail(app, 'not-the-key')
  const field = app.getByLabel('Access token')
  await app.getByText('ActiveTrail does not accept the access token.').waitFor()
  expect(await field.getAttribute('aria-invalid')).toBe('true')
  expect(await app.locator(':focus').getAttribute('id')).toBe(await field.getAttribute('id'))
  expect(await field.inputValue()).toBe('not-the-key')
  expect(await connectionsStored()).toBe(0)
  expect(complaints.splice(0)).toEqual([expect.stringContaining('422')])

  await connectActiveTrail(app, line.activeTrail.token)
  await app.getByText('ActiveTrail is connected.').waitFor()
  await app.getByText('Change a contact in your account and it appears here.').waitFor()
  expect(await app.getByRole('switch', { name: 'Contacts to ActiveTrail' }).isChecked()).toBe(true)

  const contact = line.highLevel.control.contacts(locationId)[0]
  const host = await browser.newPage()
  await editContact(host, line, locationId, String(contact?.id), { 'Last name': 'Renamed' })
  const run = app.getByRole('listitem').filter({ hasText: 'ActiveTrail is up to date.' })
  await run.waitFor({ timeout: 3000 })
  await run.locator('summary').first().click()
  await run.getByText('Create or update contact').waitFor()
  await run.getByText('R•••').waitFor()

  await host.goto(line.activeTrailUrl)
  await host.getByRole('rowheader', { name: 'Renamed' }).waitFor()

  expect(await page.context().cookies(line.appUrl)).toEqual([])
  expect(complaints).toEqual([])
  await closeAll(page, host)
})

const connectionsStored = async (): Promise<number> => {
  const [row] = await line.database.system.sql('connections').count('* as total')
  return Number(row?.total)
}

const closeAll = (...pages: Page[]): Promise<unknown> => Promise.all(pages.map((page) => page.close()))
