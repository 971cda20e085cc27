import { expect, test } from 'vitest'
import { listContactRecords } from '../../src/connectors/activetrail/list-contacts.ts'
import { createHttpClient } from '../../src/lib/http-client.ts'
import type { Modes } from '../../src/sandbox/activetrail/modes.ts'
import { startActiveTrail } from '../sandbox/activetrail/support.ts'

const MODES: Modes['pages'][] = ['from_1', 'from_1_lenient', 'from_0']

test.each(MODES.flatMap((mode) => [3, 100, 250].map((count) => [mode, count] as const)))(
  'pages counted %s: each of %i contacts is listed once, however old it is',
  async (mode, count) => {
    let time = Date.parse('2020-01-01T00:00:00Z')
    const { control, token, url } = await startActiveTrail({ now: () => time })
    control.setModes({ pages: mode })
    const { token: account } = control.createAccount('Listed')
    for (let number = 0; number < count; number++) control.createContact({ email: `${number}@example.com` }, account)
    time = Date.parse('2026-05-04T10:00:00Z')
    expect(token).not.toBe(account)
    const context = { http: createHttpClient(), apiUrl: `${url}/api`, credentials: { token: account }, now: () => time }
    const ids: string[] = []
    let cursor: string | null = null
    for (let pages = 0; pages < 10; pages++) {
      const page: Awaited<ReturnType<typeof listContactRecords>> = await listContactRecords(context, { cursor })
      ids.push(...page.records.map(({ id }) => id))
      cursor = page.cursor
      if (cursor === null) break
    }
    expect(cursor).toBeNull()
    expect(ids).toHaveLength(count)
    expect(new Set(ids).size).toBe(count)
  },
)
