import type { FrameLocator } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { actAs, connectActiveTrail, openApp } from '../support/host.ts'
import { eventually } from '../support/people.ts'
import { openStage, type Stage } from '../support/stage.ts'

let stage: Stage
let later = 0

beforeEach(async () => {
  later = 0
  stage = await openStage({ now: () => Date.now() + later })
})
afterEach(() => stage?.close())

const runs = (app: FrameLocator) => app.locator('#runs > li')
const flowSwitch = (app: FrameLocator) => app.getByRole('switch', { name: 'Contacts to ActiveTrail' })
const eventsLeftAlone = () => stage.line.database.system.sql('deliveries').where({ reason: 'no_flow' }).select('id')

test('a flow that is off leaves a change alone, and goes on when it is on again', async () => {
  await stage.connect()
  const { app } = await stage.open()
  await flowSwitch(app).uncheck()
  await app.getByText('Switch a flow on, then change a contact').waitFor()
  stage.changeContact('While off')
  await eventually(eventsLeftAlone, (events) => events.length === 1)

  await flowSwitch(app).check()
  // The fields of both sides are read before it is on.
  await app.getByText('Switch a flow on, then change a contact').waitFor({ state: 'hidden' })
  await app.getByText('Change a contact in your account and it appears here.').waitFor()
  stage.changeContact('While on')
  await runs(app).waitFor()
  await runs(app).locator('summary').click()
  await app.getByText('W•••').waitFor()
  expect(await runs(app).count()).toBe(1)
})

test('disconnecting asks first, keeps the history and offers to connect again', async () => {
  await stage.connect()
  const { app } = await stage.open()
  stage.changeContact('Before')
  await runs(app).waitFor()

  await app.getByText('Disconnect', { exact: true }).click()
  await app.getByText('Nothing is deleted in ActiveTrail').waitFor()
  await app.getByRole('button', { name: 'Keep it connected' }).click()
  expect(await app.getByText('Nothing is deleted in ActiveTrail').isVisible()).toBe(false)

  await app.getByText('Disconnect', { exact: true }).click()
  await app.getByRole('button', { name: 'Disconnect ActiveTrail' }).click()
  await app.getByText('ActiveTrail is disconnected.').waitFor()
  expect(await app.locator(':focus').textContent()).toBe('Connections')
  expect(await app.getByText('Not connected').count()).toBe(1)
  expect(await runs(app).count()).toBe(1)

  await connectActiveTrail(app, stage.line.activeTrail.token)
  await app.getByText('ActiveTrail is connected.').waitFor()
})

test('a key that ActiveTrail refuses is replaced on the page, and what waited is done', async () => {
  await stage.connect()
  const { app } = await stage.open()
  stage.line.activeTrail.control.setAccess('revoked')
  stage.changeContact('Waiting')
  await app.getByText('Needs a new key').waitFor()
  await app.getByText('Enter a key that works.').waitFor()
  await runs(app).getByText('Waiting', { exact: true }).waitFor()

  const { token } = stage.line.activeTrail.control.createAccount('Another')
  await app.getByLabel('Access token').fill(token)
  await app.getByRole('button', { name: 'Check and save' }).click()
  await app.getByText('The new key works and was saved.').waitFor()
  await app.getByText('Connected', { exact: true }).first().waitFor()
  await runs(app).locator('summary').getByText('Done', { exact: true }).waitFor()
})

test('who may not change anything sees everything, and why', async () => {
  await stage.connect()
  stage.changeContact('Seen')
  const { page } = await stage.open()
  await actAs(page, stage.line, stage.locationId, /location user/)
  const app = await openApp(page, stage.line, stage.locationId)
  await app.getByText('Only an administrator of the account can change it.').waitFor()
  await runs(app).waitFor()
  expect(await flowSwitch(app).isDisabled()).toBe(true)
  expect(await app.getByRole('button').count()).toBe(0)
  expect(await app.getByRole('textbox').count()).toBe(0)
})

test('what is open, focused or half typed survives the news', async () => {
  await stage.connect()
  const { app } = await stage.open()
  stage.changeContact('First')
  await runs(app).waitFor()
  await runs(app).locator('summary').click()
  await app.getByText('Replace the key').click()
  await app.getByLabel('Access token').pressSequentially('half a k')

  stage.changeContact('Second')
  await eventually(
    () => runs(app).count(),
    (count) => count === 2,
  )
  expect(await app.locator('#runs details[open]').count()).toBe(1)
  expect(await runs(app).nth(1).locator('details').getAttribute('open')).toBe('')
  expect(await app.getByLabel('Access token').inputValue()).toBe('half a k')
  expect(await app.locator(':focus').getAttribute('type')).toBe('password')
})

test('nothing is asked for while nobody looks, and at once when somebody does', async () => {
  const page = await stage.browser.newPage()
  await page.clock.install()
  const app = await openApp(page, stage.line, stage.locationId)
  await app.getByRole('heading', { level: 1 }).waitFor()
  const [, frame] = page.frames()
  await frame?.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
  let asked = 0
  page.on('request', (request) => {
    if (request.url().endsWith('/settings/home')) asked++
  })
  await page.clock.fastForward(60_000)
  expect(asked).toBe(0)
  await frame?.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
  await eventually(
    () => asked,
    (count) => count > 0,
    500,
  )
})

test('a session that ran out is opened anew without a word, also in the middle of a change', async () => {
  await stage.connect()
  const { page, app } = await stage.open()
  await flowSwitch(app).waitFor()
  let asked = 0
  page.on('request', (request) => {
    if (request.url().endsWith('/user-data')) asked++
  })
  later += 11 * 60_000
  stage.changeContact('Later')
  await runs(app).waitFor()
  expect(asked).toBe(1)
  later += 11 * 60_000
  await flowSwitch(app).uncheck()
  await app.getByText('Off', { exact: true }).waitFor()
  expect(await app.locator('#failure').isVisible()).toBe(false)
})

test('an account that the app was removed from is told so', async () => {
  const { app } = await stage.open()
  await app.getByText('Connect a system first').waitFor()
  stage.line.highLevel.control.uninstall({ locationId: stage.locationId })
  await app.getByText('The app is not installed for this account.').waitFor()
  await app.getByText('Reference:').waitFor()
})

test('the keyboard alone connects, switches, and disconnects', async () => {
  const { page, app } = await stage.open()
  await app.getByLabel('Access token').waitFor()
  const tabTo = async (target: ReturnType<FrameLocator['locator']>): Promise<void> => {
    for (let pressed = 0; (await app.locator(':focus').and(target).count()) === 0; pressed++) {
      if (pressed > 40) throw new Error('Tab does not get there.')
      await page.keyboard.press('Tab')
    }
  }
  await tabTo(app.getByLabel('Access token'))
  await page.keyboard.type(stage.line.activeTrail.token)
  await page.keyboard.press('Enter')
  await app.getByText('ActiveTrail is connected.').waitFor()
  await tabTo(flowSwitch(app))
  await page.keyboard.press('Space')
  await app.getByText('Off', { exact: true }).waitFor()
  expect(await app.locator(':focus').and(flowSwitch(app)).count()).toBe(1)

  await tabTo(app.getByText('Disconnect', { exact: true }))
  await page.keyboard.press('Enter')
  await tabTo(app.getByRole('button', { name: 'Keep it connected' }))
  await page.keyboard.press('Enter')
  expect(await app.locator(':focus').textContent()).toBe('Disconnect')
  await page.keyboard.press('Enter')
  await tabTo(app.getByRole('button', { name: 'Disconnect ActiveTrail' }))
  await page.keyboard.press('Enter')
  await app.getByText('ActiveTrail is disconnected.').waitFor()
})
