import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkAccessibility } from '../../support/accessibility.ts'
import { type Browser, openBrowser } from '../../support/browser.ts'
import { type RunningSandbox, startSandbox } from './start-sandbox.ts'

/** An app that asks who is there until it was told twice: the host may listen late, and answers every time. */
const APP_PAGE = `<!doctype html><title>App</title><pre id="told"></pre><script>
  addEventListener('message', (event) => {
    if (event.source === parent) told.textContent += event.data.message + ' ' + event.data.payload + '\\n'
  })
  setInterval(() => {
    if (told.textContent.split('\\n').length < 3) parent.postMessage({ message: 'REQUEST_USER_DATA' }, '*')
  }, 100)
</script>`

let sandbox: RunningSandbox
let app: Server
let browser: Browser
let page: Page

beforeAll(async () => {
  app = createServer((_req, res) => res.setHeader('content-type', 'text/html').end(APP_PAGE))
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(app.address() as AddressInfo).port}`
  sandbox = await startSandbox()
  sandbox.control.updateRegistration({ redirectUris: [`${origin}/back`], customPageUrl: `${origin}/settings` })
  browser = await openBrowser()
  page = await browser.newPage()
})
afterAll(async () => {
  await browser?.close()
  await sandbox?.stop()
  app.closeAllConnections()
  await new Promise((resolve) => app.close(resolve))
})

/** What is wrong with the page for people who cannot see it, or see it on a telephone. */
async function faults(): Promise<string[]> {
  await page.setViewportSize({ width: 420, height: 900 })
  const overflows = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
  await page.setViewportSize({ width: 1280, height: 900 })
  return [...(await checkAccessibility(page)), ...(overflows ? ['overflow'] : [])]
}

test('a newcomer installs the app and opens it, and the app learns who is there', async () => {
  await page.goto(sandbox.url)
  expect(await faults()).toEqual([])
  await page.getByRole('link', { name: 'Install the app' }).click()
  expect(await faults()).toEqual([])
  await page.getByRole('radio', { name: 'Carmel Pilates' }).check()
  await page.getByRole('button', { name: 'Allow and install' }).click()
  await page.waitForURL(/\/back\?code=\w+$/)

  await page.goto(sandbox.url)
  await page.getByRole('link', { name: 'Open Causeway in Carmel Pilates' }).click()
  const told = page.frameLocator('iframe').locator('#told')
  const answers = async () => (await told.textContent())?.match(/REQUEST_USER_DATA_RESPONSE U2FsdGVkX1\S+/g) ?? []
  await expect.poll(async () => (await answers()).length, { timeout: 5000 }).toBeGreaterThan(1)
  const [first, second] = await answers()
  expect(first).not.toBe(second)
  expect(await faults()).toEqual([])
})

test('the other pages are sound too', async () => {
  const [location] = sandbox.control.locations()
  const [contact] = sandbox.control.contacts(location?.id ?? '')
  const at = `/location/${location?.id}`
  for (const path of [`${at}/contacts`, `${at}/contacts/${contact?.id}`, `${at}/app`, '/deliveries']) {
    await page.goto(sandbox.url + path)
    expect([path, ...(await faults())]).toEqual([path])
  }
})
