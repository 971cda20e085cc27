import type { FrameLocator, Page } from 'playwright-core'
import { type Browser, openBrowser } from './browser.ts'
import { openApp } from './host.ts'
import { type Line, type LineOptions, startLine } from './line.ts'
import { install, openPage } from './people.ts'

/** The whole product with the app installed in one location, and a browser that blocks third-party cookies. */
export type Stage = {
  line: Line
  browser: Browser
  locationId: string
  locationName: string
  /** Connects ActiveTrail without the page. */
  connect(): Promise<void>
  /** Opens the app in a tab of its own. */
  open(size?: { width: number; height: number }): Promise<{ page: Page; app: FrameLocator }>
  /** Changes something of a contact that flows send on. */
  changeContact(lastName: string): void
  close(): Promise<void>
}

export async function openStage(options: LineOptions = {}): Promise<Stage> {
  const [line, browser] = await Promise.all([startLine(options), openBrowser({ blockThirdPartyCookies: true })])
  const location = line.highLevel.control.locations()[0]
  const locationId = String(location?.id)
  await install(line, locationId)
  return {
    line,
    browser,
    locationId,
    locationName: String(location?.name),
    connect: () => connect(line, locationId),
    open: async (size) => {
      const page = await browser.newPage(size)
      return { page, app: await openApp(page, line, locationId) }
    },
    changeContact: (lastName) => {
      const contact = line.highLevel.control.contacts(locationId)[0]
      line.highLevel.control.updateContact(String(contact?.id), { lastName })
    },
    close: async () => {
      await browser.close()
      await line.close()
    },
  }
}

async function connect(line: Line, locationId: string): Promise<void> {
  const people = line.highLevel.control.users(locationId)
  const admin = people.find((user) => user.type !== 'agency' && user.role === 'admin')
  const owner = await openPage(line, String(admin?.id), locationId)
  const credentials = { token: line.activeTrail.token }
  const answer = await owner.send('POST', '/settings/connections', { partner: 'activetrail', credentials })
  if (answer.status !== 201) throw new Error(`ActiveTrail was not connected: ${answer.status}`)
}
