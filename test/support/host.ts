import type { FrameLocator, Page } from 'playwright-core'
import type { Line } from './line.ts'

/** What people do in the host's own pages, in a browser. */

/** Through the start page and the consent page, until the app says that it is installed. */
export async function installThroughPages(page: Page, line: Line, locationName: string): Promise<void> {
  await page.goto(line.highLevelUrl)
  await page.getByRole('link', { name: 'Install the app' }).click()
  await page.getByRole('radio', { name: new RegExp(`^${locationName}`) }).check()
  await page.getByRole('button', { name: 'Allow and install' }).click()
}

/** Chooses in the host's navigation whom one acts as. */
export async function actAs(page: Page, line: Line, locationId: string, label: RegExp): Promise<void> {
  await page.goto(`${line.highLevelUrl}/location/${locationId}/contacts`)
  const people = page.getByLabel('You act as')
  const names = await people.locator('option').allTextContents()
  await people.selectOption({ label: names.find((name) => label.test(name)) ?? '' })
  await page.getByRole('button', { name: 'Switch' }).click()
}

/** Opens the app from the host's menu; what comes back is the inside of the frame. */
export async function openApp(page: Page, line: Line, locationId: string): Promise<FrameLocator> {
  await page.goto(`${line.highLevelUrl}/location/${locationId}/custom-page`)
  return page.frameLocator('iframe')
}

export async function connectActiveTrail(app: FrameLocator, key: string): Promise<void> {
  await app.getByLabel('Access token').fill(key)
  await app.getByRole('button', { name: 'Connect ActiveTrail' }).click()
}

/** Changes one field of a contact in the host's own screens. */
export async function editContact(
  page: Page,
  line: Line,
  locationId: string,
  contactId: string,
  fields: Record<string, string>,
): Promise<void> {
  await page.goto(`${line.highLevelUrl}/location/${locationId}/contacts/${contactId}`)
  for (const [label, value] of Object.entries(fields)) await page.getByLabel(label).fill(value)
  await page.getByRole('button', { name: 'Save' }).click()
}

/** Everything the browser complains about, whichever frame it is in: errors, refusals of the Content-Security-Policy. */
export function collectComplaints(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  return complaints
}
