import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectComplaints } from '../support/host.ts'
import { install } from '../support/people.ts'
import { openStage, type Stage } from '../support/stage.ts'

let stage: Stage
const servers: Server[] = []

beforeAll(async () => {
  stage = await openStage()
})
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections()
  await stage?.close()
})

test('outside a frame it says what it is and asks nobody', async () => {
  const page = await stage.browser.newPage()
  const complaints = collectComplaints(page)
  await page.goto(`${stage.line.appUrl}/settings`)
  await page.getByRole('heading', { name: 'Causeway opens inside your account' }).waitFor()
  expect(await page.getByText('Opening…').isVisible()).toBe(false)
  expect(complaints).toEqual([])
})

test('another site may not show it in a frame', async () => {
  const page = await stage.browser.newPage()
  const complaints = collectComplaints(page)
  await page.goto(await serveParent('localhost'))
  await page.waitForTimeout(500)
  expect(complaints.join()).toContain('frame-ancestors')
  expect(page.frames()[1]?.url()).toContain('chrome-error:')
})

test('an answer that does not come from the host is not taken', async () => {
  const { line } = stage
  const stranger = line.highLevel.control.locations()[1]
  await install(line, String(stranger?.id))
  line.highLevel.control.setUserDataDelay(1500)
  const { page, app } = await stage.open()
  await app.getByText('Opening…').waitFor()
  const sibling = await addSibling(page)
  await sibling.evaluate(`parent.frames[0].postMessage(${answer(userDataOf(String(stranger?.id)))}, '*')`)
  line.highLevel.control.setUserDataDelay(0)
  const [first] = page.frames().filter((frame) => frame.url().includes('/settings'))
  await first?.getByRole('heading', { level: 1, name: stage.locationName }).waitFor()
})

test('what is not an answer is not taken for one', async () => {
  const { page, app } = await stage.open()
  await app.getByRole('heading', { level: 1, name: stage.locationName }).waitFor()
  const sent: string[] = []
  page.on('request', (request) => sent.push(new URL(request.url()).pathname))
  for (const message of [
    answer(42),
    answer(''),
    'null',
    '"text"',
    JSON.stringify({ message: 'OTHER', payload: 'a' }),
  ]) {
    await page.evaluate(`frames[0].postMessage(${message}, '*')`)
  }
  await page.waitForTimeout(300)
  expect(sent).not.toContain('/settings/session')
  expect(await app.getByRole('heading', { level: 1 }).textContent()).toBe(stage.locationName)
})

test('a host that is neither encrypted nor this machine is not believed', async () => {
  const page = await stage.browser.newPage()
  await page.clock.install()
  // As if the first wall, frame-ancestors, were not there.
  await page.route(`${stage.line.appUrl}/settings*`, async (route) => {
    const response = await route.fetch()
    const { 'content-security-policy': _, ...headers } = response.headers()
    await route.fulfill({ response, headers })
  })
  await page.goto(await serveParent('somebody.localhost', userDataOf(stage.locationId)))
  const app = page.frameLocator('iframe')
  await app.getByText('Opening…').waitFor()
  await page.clock.fastForward(9000)
  await app.getByText('Your account did not say who you are.').waitFor()
})

test('a host that listens late or answers only when asked again gets another chance', async () => {
  const page = await stage.browser.newPage()
  await page.clock.install()
  await page.route('**/sandbox.js', (route) => route.abort())
  await page.goto(`${stage.line.highLevelUrl}/location/${stage.locationId}/custom-page`)
  const app = page.frameLocator('iframe')
  await app.getByText('Opening…').waitFor()
  await page.clock.fastForward(9000)
  await app.getByText('Your account did not say who you are.').waitFor()
  expect(await app.locator(':focus').textContent()).toBe('Causeway could not be opened')

  await page.unroute('**/sandbox.js')
  await app.getByRole('button', { name: 'Try again' }).click()
  await app.getByText('Opening…').waitFor()
  await page.addScriptTag({ url: '/sandbox.js' })
  await page.clock.fastForward(1000)
  await app.getByRole('heading', { level: 1, name: stage.locationName }).waitFor()
})

const answer = (payload: unknown): string => JSON.stringify({ message: 'REQUEST_USER_DATA_RESPONSE', payload })

function userDataOf(locationId: string): string {
  const { control } = stage.line.highLevel
  return control.sealUserData(String(control.users(locationId)[0]?.id), locationId)
}

/** Another frame of the same host, with a page in it that the host may show. */
async function addSibling(page: Page): Promise<Frame> {
  const url = `${stage.line.appUrl}/healthz`
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '<title>Sibling</title>' }))
  await page.evaluate(`document.body.append(Object.assign(document.createElement('iframe'), { src: '${url}' }))`)
  const frame = await page.waitForSelector(`iframe[src="${url}"]`).then((element) => element.contentFrame())
  if (!frame) throw new Error('There is no sibling.')
  await frame.waitForURL(url)
  return frame
}

/** A page of another site with the app in a frame. It answers, if it is given an answer, whatever it is asked. */
async function serveParent(host: string, payload?: string): Promise<string> {
  const script = `addEventListener('message', ({ source }) => source.postMessage(${answer(payload)}, '*'))`
  const server = createServer((_request, response) =>
    response
      .setHeader('content-type', 'text/html')
      .end(
        `<title>Parent</title><script>${payload ? script : ''}</script><iframe src="${stage.line.appUrl}/settings"></iframe>`,
      ),
  )
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  return `http://${host}:${(server.address() as AddressInfo).port}/`
}
