import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAdminLink } from '../../src/console/operator-session.ts'
import { SCOPES } from '../../src/highlevel/scopes.ts'
import { storeDelivery } from '../deliveries/stored.ts'
import { checkAccessibility } from '../support/accessibility.ts'
import { connectActiveTrail, openApp } from '../support/host.ts'
import { openStage, type Stage } from '../support/stage.ts'

const SIZES = [
  { width: 1280, height: 800 },
  { width: 420, height: 800 },
]

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage?.close())

/** Nothing that axe finds, and nothing to scroll sideways, at both sizes. */
async function expectSound(page: Page): Promise<void> {
  for (const size of SIZES) {
    await page.setViewportSize(size)
    const shown = page.frames()[1] ?? page.mainFrame()
    expect(await checkAccessibility(shown)).toEqual([])
    const { scrollWidth, clientWidth } = await shown.evaluate<{ scrollWidth: number; clientWidth: number }>(
      '({ scrollWidth, clientWidth } = document.documentElement, { scrollWidth, clientWidth })',
    )
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth)
  }
}

/** Owners know an account and its menu, not the words that the platform and its resellers use. */
async function expectPlainWords(page: Page): Promise<void> {
  const shown = page.frames()[1] ?? page.mainFrame()
  expect(await shown.locator('body').innerText()).not.toMatch(/highlevel|\bghl\b|sub-?account|location|agency/i)
}

test('the settings page in every state', async () => {
  const { page, app } = await stage.open()
  await app.getByText('Connect a system first').waitFor()
  await expectSound(page)
  await connectActiveTrail(app, 'wrong')
  await app.getByText('ActiveTrail does not accept the access token.').waitFor()
  await expectSound(page)
  await connectActiveTrail(app, stage.line.activeTrail.token)
  await app.getByText('Change a contact in your account').waitFor()
  await app.getByText('Replace the key').click()
  await app.getByText('Disconnect', { exact: true }).click()
  await expectSound(page)
  stage.changeContact('Looked-at-with-a-name-that-is-much-longer-than-a-narrow-page-is-wide-enough-for')
  await app.locator('#runs summary').first().click()
  await expectSound(page)
  stage.line.activeTrail.control.setAccess('revoked')
  stage.changeContact('Refused')
  await app.getByText('Needs a new key').waitFor()
  await expectSound(page)
  await expectPlainWords(page)
})

test('what is switched off for want of a permission, and the way to install again', async () => {
  const { control } = stage.line.highLevel
  const locationId = String(control.locations()[2]?.id)
  const scopes = SCOPES.filter((scope) => scope !== 'contacts.readonly')
  await (await fetch(control.installLocation(locationId, { scopes }))).text()
  const page = await stage.browser.newPage()
  const app = await openApp(page, stage.line, locationId)
  await app.getByText('Switched off, because a permission is missing').waitFor()
  await expectSound(page)
  await expectPlainWords(page)
  const opened = page.context().waitForEvent('page')
  await app.getByRole('link', { name: 'Install again' }).click()
  const consent = await opened
  await consent.getByRole('radio', { name: new RegExp(`^${control.locations()[2]?.name}`) }).check()
  await consent.getByRole('button', { name: 'Allow and install' }).click()
  await consent.getByText('Causeway is installed for').waitFor()
  await app.getByText('Switched off').waitFor({ state: 'detached' })
  await app.getByText('Your account allows it.').first().waitFor()
  await expectSound(page)
})

test('the page where it cannot be opened', async () => {
  const page = await stage.browser.newPage()
  await page.goto(`${stage.line.appUrl}/settings`)
  await page.getByText('Causeway opens inside your account').waitFor()
  await expectSound(page)
  const agency = stage.line.highLevel.control.companies()[0]
  await page.goto(`${stage.line.highLevelUrl}/agency/${agency?.id}/custom-page`)
  await page.frameLocator('iframe').getByText('Switch to one of your accounts first').waitFor()
  await expectSound(page)
  await expectPlainWords(page)
})

test('the pages after an installation', async () => {
  const page = await stage.browser.newPage()
  const { control } = stage.line.highLevel
  await page.goto(control.installLocation(String(control.locations()[1]?.id)))
  await page.getByText('Causeway is installed for').waitFor()
  await expectSound(page)
  await expectPlainWords(page)
  await page.goto(`${stage.line.appUrl}/oauth/callback?error=access_denied`)
  await page.getByText('The installation was not completed.').waitFor()
  await expectSound(page)
})

test('the console', async () => {
  const page = await stage.browser.newPage()
  await page.goto(`${stage.line.appUrl}/admin`)
  await expectSound(page)
  await page.goto('about:blank')
  await page.goto(`${stage.line.appUrl}/admin#used`)
  await page.getByText('This link was used already').waitFor()
  await expectSound(page)
  const { appUrl: baseUrl, config, database } = stage.line
  await page.goto('about:blank')
  const letter = await storeDelivery(stage.line, {
    sent: { noteThatIsMuchLongerThanANarrowPageIsWideEnoughForAndGoesOn: true },
  })
  await page.goto(await makeAdminLink({ database, now: Date.now, sessionKeys: config.sessionKeys, baseUrl }, 'dana'))
  await page.getByRole('button', { name: 'Check the chain' }).click()
  await page.getByText('The audit log is whole.').waitFor()
  await expectSound(page)

  await page.getByRole('link', { name: 'Deliveries' }).click()
  await page.getByRole('heading', { name: 'Given up' }).waitFor()
  await expectSound(page)
  await page.getByRole('link', { name: 'Replay all that match' }).click()
  await page.getByRole('button', { name: /^Replay \d/ }).waitFor()
  await expectSound(page)
  await page.goto(`${baseUrl}/admin/deliveries/${letter.tenantId}/${letter.id}`)
  await page.getByRole('heading', { name: 'What this means' }).waitFor()
  await expectSound(page)
})
