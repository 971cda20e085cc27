import { afterAll, beforeAll, expect, test } from 'vitest'
import { leaveAccount } from '../../src/leaving/leave-account.ts'
import { type Line, startLine } from '../support/line.ts'
import { installed, statusOf } from '../tenants/installed.ts'
import { tenantWork } from './tenant-work.ts'

let line: Line

beforeAll(async () => {
  line = await startLine()
})

afterAll(() => line?.close())

test('a platform that takes its time does not keep the app installed here', async () => {
  const { tenantId } = await installed(line, 0)
  line.highLevel.control.failNext({ path: '/marketplace', kind: 'slow', delayMs: 2000 })
  const work = tenantWork(line)
  const actor = { kind: 'operator', id: 'alex' } as const
  const left = await leaveAccount({ ...work, patienceMs: 200 }, { tenantId, actor, reason: 'slow', erase: false })
  expect(left).toEqual({ told: false })
  expect(await statusOf(line, tenantId)).toBe('uninstalled')
  await work.stop()
})
