import { readFile } from 'node:fs/promises'
import type { FrameLocator, Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkAccessibility } from '../support/accessibility.ts'
import { actAs, openApp } from '../support/host.ts'
import { eventually, install } from '../support/people.ts'
import { openStage, type Stage } from '../support/stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await openStage()
  await stage.connect()
})
afterEach(() => stage?.close())

const SIZES = [
  { width: 1280, height: 900 },
  { width: 420, height: 900 },
]

async function expectSound(page: Page): Promise<void> {
  for (const size of SIZES) {
    await page.setViewportSize(size)
    const shown = page.frames()[1] ?? page.mainFrame()
    expect(await checkAccessibility(shown)).toEqual([])
    expect(await shown.locator('body').innerText()).not.toMatch(/highlevel|\bghl\b|sub-?account|location|agency/i)
    const overflow = await shown.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )
    expect(overflow).toBeLessThanOrEqual(0)
  }
}

const isListed = (): boolean =>
  stage.line.highLevel.control.installs().some(({ locationId }) => locationId === stage.locationId)

const leaving = (app: FrameLocator) => app.getByRole('region', { name: 'Leave Causeway' })

test('who leaves takes everything along first, and the page says its last words', async () => {
  const { page, app } = await stage.open()
  stage.changeContact('Before-leaving')
  await app.locator('#runs > li').waitFor()
  const downloading = page.waitForEvent('download')
  await app.getByRole('button', { name: 'Download everything' }).click()
  const file = await downloading
  expect(file.suggestedFilename()).toBe('causeway-export.ndjson')
  await app.getByText('The file is in your downloads.').waitFor()
  const text = await readFile(String(await file.path()), 'utf8')
  expect(text).toContain('Before-leaving')
  expect(text).toMatch(/\{"kind":"end","records":\d+\}\n$/)

  await leaving(app).getByText('Uninstall', { exact: true }).click()
  expect(await app.getByLabel('Keep my set-up for 30 days in case I come back').isChecked()).toBe(true)
  await expectSound(page)
  await app.getByRole('button', { name: 'Keep it installed' }).click()
  expect(await app.locator(':focus').textContent()).toBe('Uninstall')
  expect(isListed()).toBe(true)

  await leaving(app).getByText('Uninstall', { exact: true }).click()
  await app.getByRole('button', { name: 'Uninstall Causeway' }).click()
  await app.getByRole('heading', { name: 'Causeway is uninstalled' }).waitFor()
  await app.getByText('Everything else is kept for 30 days').waitFor()
  expect(await app.locator(':focus').textContent()).toBe('Causeway is uninstalled')
  expect(isListed()).toBe(false)
  await expectSound(page)
  await new Promise((resolve) => setTimeout(resolve, 2500))
  expect(await app.locator('#failure').isVisible()).toBe(false)
  expect(await app.locator('#stale').isVisible()).toBe(false)
})

test('the keyboard alone chooses that everything is deleted, and leaves', async () => {
  const { page, app } = await stage.open()
  await leaving(app).waitFor()
  const tabTo = async (target: ReturnType<FrameLocator['locator']>): Promise<void> => {
    for (let pressed = 0; (await app.locator(':focus').and(target).count()) === 0; pressed++) {
      if (pressed > 40) throw new Error('Tab does not get there.')
      await page.keyboard.press('Tab')
    }
  }
  await tabTo(leaving(app).getByText('Uninstall', { exact: true }))
  await page.keyboard.press('Enter')
  await tabTo(app.getByLabel('Keep my set-up for 30 days in case I come back'))
  await page.keyboard.press('ArrowDown')
  await new Promise((resolve) => setTimeout(resolve, 2500)) // the page looks for news meanwhile
  expect(await app.getByLabel('Delete everything now').isChecked()).toBe(true)
  await tabTo(app.getByRole('button', { name: 'Uninstall Causeway' }))
  await page.keyboard.press('Enter')
  await app.getByText('Everything that was stored is being deleted now.').waitFor()
  const certificates = () => stage.line.database.system.sql('deletion_certificates').whereNotNull('certificate')
  await eventually(certificates, (issued) => issued.length === 1)
})

test('where the account could not be told, the page says what is left to do', async () => {
  const { page, app } = await stage.open()
  await leaving(app).getByText('Uninstall', { exact: true }).click()
  stage.line.highLevel.control.failNext({ path: '/marketplace', kind: 'cut' })
  await app.getByRole('button', { name: 'Uninstall Causeway' }).click()
  await app.getByText('still listed among its installed apps').waitFor()
  await expectSound(page)
})

test('whoever comes back is asked for the key again, and nothing else', async () => {
  const { line, locationId } = stage
  line.highLevel.control.uninstall({ locationId })
  await line.highLevel.control.webhooksSettled()
  await install(line, locationId)
  const { page, app } = await stage.open()
  await app.getByText('Needs its key again').waitFor()
  await app.getByText('The app was uninstalled in between').waitFor()
  await expectSound(page)
  await app.getByLabel('Access token').fill(line.activeTrail.token)
  await app.getByRole('button', { name: 'Check and save' }).click()
  await app.getByText('The new key works and was saved.').waitFor()
  await app.getByText('Connected', { exact: true }).first().waitFor()
  expect(await app.getByRole('switch').isChecked()).toBe(true)
})

test('who may not change anything is not offered to leave', async () => {
  const { page } = await stage.open()
  await actAs(page, stage.line, stage.locationId, /location user/)
  const app = await openApp(page, stage.line, stage.locationId)
  await app.getByText('Only an administrator of the account can change it.').waitFor()
  expect(await leaving(app).count()).toBe(0)
})
