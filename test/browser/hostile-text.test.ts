import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeAdminLink } from '../../src/console/operator-session.ts'
import { newId } from '../../src/lib/ids.ts'
import { storeDelivery } from '../deliveries/stored.ts'
import { collectComplaints } from '../support/host.ts'
import { openStage, type Stage } from '../support/stage.ts'

const HOSTILE = '<img src=x onerror="document.title=1">'

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  await stage.connect()
})
afterAll(() => stage?.close())

test('names, tags, reasons and flows that look like markup are shown as they are', async () => {
  const { line, locationId } = stage
  const { sql } = line.database.system
  await sql('installations').update({ account_name: `Account ${HOSTILE}` })
  await sql('flows').update({ name: `Flow ${HOSTILE}` })
  await sql('connections').update({ account: JSON.stringify([{ name: `Fact ${HOSTILE}`, value: `Value ${HOSTILE}` }]) })
  const flow = await sql('flows').first()
  await sql('runs').insert({
    tenant_id: flow.tenant_id,
    id: newId(),
    delivery_id: newId(),
    flow_id: flow.id,
    connection_id: flow.connection_id,
    mapping_version: 1,
    trigger: flow.trigger,
    highlevel_id: 'x',
    outcome: 'failed',
    reason: `Reason ${HOSTILE}`,
    started_at: new Date(),
    finished_at: new Date(),
  })
  line.highLevel.control.createContact(locationId, {
    firstName: HOSTILE,
    lastName: HOSTILE,
    email: 'hostile@example.com',
    tags: [HOSTILE],
  })

  const { page, app } = await stage.open()
  const complaints = collectComplaints(page)
  for (const text of ['Account', 'Fact', 'Value', 'Reason', 'Flow']) {
    await app.getByText(`${text} ${HOSTILE}`).first().waitFor()
  }
  await app.getByText('ActiveTrail is up to date.').first().waitFor()
  await app.locator('#runs summary').first().click()
  await app.getByText('h•••@•••').first().waitFor()
  expect(await app.locator('img').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('the console shows them as they are, too', async () => {
  const { line } = stage
  await line.database.system.sql('installations').update({ company_name: `Company ${HOSTILE}` })
  const page = await stage.browser.newPage()
  const complaints = collectComplaints(page)
  const { appUrl: baseUrl, config, database } = line
  await page.goto(
    await makeAdminLink({ database, now: Date.now, sessionKeys: config.sessionKeys, baseUrl }, `op ${HOSTILE}`),
  )
  await page.getByText(`Company ${HOSTILE}`).last().waitFor()
  await page.getByText(`op ${HOSTILE}`).first().waitFor()
  await page.goto(`${baseUrl}/admin/audit?actor=${encodeURIComponent(`"><script>${HOSTILE}`)}`)
  await page.getByText('Nothing matches.').waitFor()
  expect(await page.getByLabel('Actor').inputValue()).toBe(`"><script>${HOSTILE}`)
  expect(await page.locator('img, script').count()).toBe(0)

  const { tenantId, id } = await storeDelivery(line, {
    sent: { [HOSTILE]: HOSTILE, type: HOSTILE, tags: [`=cmd|' /C calc'!A0`, '\u202E\u001b[31m', '</script>'] },
    headers: { 'user-agent': HOSTILE, [HOSTILE]: 'x' },
    eventType: HOSTILE,
    reason: HOSTILE,
    deliveryId: HOSTILE,
  })
  await page.goto(`${baseUrl}/admin/deliveries`)
  await page.locator('td', { hasText: HOSTILE }).first().waitFor()
  await page.goto(`${baseUrl}/admin/deliveries/${tenantId}/${id}`)
  await page.getByRole('heading', { level: 1, name: HOSTILE }).waitFor()
  const shown = await page.locator('pre').innerText()
  for (const harm of ['onerror', 'cmd', '\u202E', '\u001b', 'script']) expect(shown).not.toContain(harm)
  await page.getByLabel('Reason').fill(HOSTILE)
  await page.getByRole('button', { name: 'Discard' }).click()
  await page.getByText('It was discarded.').waitFor()
  await page.goto(`${baseUrl}/admin/audit?action=delivery.discarded`)
  await page.getByText(HOSTILE).last().waitFor()
  expect(await page.locator('img, script').count()).toBe(0)
  expect(complaints).toEqual([])
})
