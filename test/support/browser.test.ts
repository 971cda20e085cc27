import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { checkAccessibility } from './accessibility.ts'
import { openBrowser } from './browser.ts'

const servers: Server[] = []
afterAll(() => servers.forEach((server) => void server.close().closeAllConnections()))

test('blocks third-party cookies when asked, and keeps frames apart from their own site', async () => {
  const browser = await openBrowser({ blockThirdPartyCookies: true })
  const sites = await startSites()
  const page = await browser.newPage()

  await page.goto(sites.framed)
  await page.goto(sites.framing)
  expect(await frameReport(page)).toEqual({ cookies: '', stored: ['in a frame'] })
  await page.goto(sites.framing)
  expect(await frameReport(page)).toEqual({ cookies: '', stored: ['in a frame', 'in a frame'] })

  expect(sites.cookiesReceived).toEqual(['', '', ''])
  await page.goto(sites.framed)
  expect(sites.cookiesReceived.at(-1)).toBe('first=1; none=1; script=1')
  await browser.close()
})

test('lets third-party cookies through otherwise', async () => {
  const browser = await openBrowser()
  const sites = await startSites()
  const page = await browser.newPage()
  await page.goto(sites.framing)
  expect((await frameReport(page)).cookies).toBe('none=1; script=1')
  await page.goto(sites.framing)
  await frameReport(page)
  expect(sites.cookiesReceived).toEqual(['', 'none=1; script=1'])
  await browser.close()
})

test('names what is inaccessible, on a page that forbids foreign scripts', async () => {
  const browser = await openBrowser()
  const page = await browser.newPage({ width: 400, height: 300 })
  await page.goto(await servePage('<html lang="en"><title>Form</title><main><h1>Form</h1><input id="name"></main>'))
  expect(await checkAccessibility(page)).toEqual([
    'critical: Form elements must have labels (label) at #name: <input id="name">',
  ])
  await page.goto(
    await servePage('<html lang="en"><title>Form</title><main><h1>Form</h1><label>Name <input></label></main>'),
  )
  expect(await checkAccessibility(page)).toEqual([])
  expect(page.viewportSize()).toEqual({ width: 400, height: 300 })
  await browser.close()
})

test('draws Hebrew letters, each with a shape of its own', async () => {
  const browser = await openBrowser()
  const page = await browser.newPage({ width: 200, height: 100 })
  const pictures = new Set<string>()
  for (const letter of ['א', 'ש', 'ל']) {
    await page.setContent(`<body style="font: 60px sans-serif">${letter}`)
    pictures.add((await page.screenshot()).toString('base64'))
  }
  expect(pictures.size).toBe(3)
  await browser.close()
})

test('reaches this machine only', async () => {
  const browser = await openBrowser()
  const page = await browser.newPage()
  await expect(page.goto('http://example.com/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED')
  await expect(page.goto('http://192.0.2.1/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED')
  await browser.close()
})

/** Sites differ by host, not by port: a page on localhost holds a frame of 127.0.0.1. */
async function startSites() {
  const cookiesReceived: string[] = []
  const framed = await serve('127.0.0.1', (request, response) => {
    if (request.url === '/favicon.ico') return response.writeHead(404).end()
    cookiesReceived.push((request.headers.cookie ?? '').split('; ').sort().join('; '))
    response.setHeader('set-cookie', ['first=1', 'none=1; SameSite=None; Secure'])
    return response.setHeader('content-type', 'text/html').end(FRAMED_PAGE)
  })
  const framing = await serve('localhost', (_request, response) =>
    response.setHeader('content-type', 'text/html').end(`<title>Outside</title><iframe src="${framed}"></iframe>`),
  )
  return { framed, framing, cookiesReceived }
}

const FRAMED_PAGE = `<script>
  document.cookie = 'script=1; SameSite=None; Secure'
  const stored = JSON.parse(localStorage.stored ?? '[]')
  stored.push(self === top ? 'on its own' : 'in a frame')
  localStorage.stored = JSON.stringify(stored)
</script>`

async function frameReport(page: Page): Promise<{ cookies: string; stored: string[] }> {
  const frame = page.frames()[1]
  if (!frame) throw new Error('The page has no frame')
  await frame.waitForLoadState()
  return frame.evaluate<{ cookies: string; stored: string[] }>(
    `({ cookies: document.cookie.split('; ').sort().join('; '), stored: JSON.parse(localStorage.stored) })`,
  )
}

const servePage = (html: string): Promise<string> =>
  serve('127.0.0.1', (_request, response) =>
    response
      .setHeader('content-type', 'text/html')
      .setHeader('content-security-policy', "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'")
      .end(`<!doctype html>${html}`),
  )

async function serve(host: string, answer: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const server = createServer(answer).listen(0, host)
  servers.push(server)
  await once(server, 'listening')
  return `http://${host}:${(server.address() as AddressInfo).port}/`
}
