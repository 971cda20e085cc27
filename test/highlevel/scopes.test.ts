import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EVENT_KINDS, findEventKind } from '../../src/highlevel/events/event-kinds.ts'
import { FEATURES } from '../../src/highlevel/features.ts'
import { PLATFORM_SCOPES } from '../../src/highlevel/platform-scopes.ts'
import { isEventOff, isFeatureOn, listMissingScopes, SCOPES } from '../../src/highlevel/scopes.ts'
import { isLifecycle } from '../../src/webhooks/read-lifecycle.ts'

const ROOT = join(import.meta.dirname, '../..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** The words of a row of the README's table of what is entered in the portal. */
const rowOf = (name: string): string[] =>
  String(new RegExp(`^\\| ${name} \\| (.*) \\|$`, 'm').exec(readme)?.[1])
    .replace(/\(.*\)/, '')
    .split(/[`, ]+/)
    .filter(Boolean)

test('the README asks for what the ledger needs, and for the events taken', () => {
  expect(rowOf('scopes')).toEqual(SCOPES)
  const events = rowOf('webhook events')
  // What a poll of ours finds is subscribed to by nobody.
  const taken = FEATURES.flatMap((feature) => feature.events).filter((type) =>
    EVENT_KINDS.some((kind) => kind.type === type),
  )
  expect(events.slice(0, taken.length)).toEqual(taken)
  const others = events.slice(taken.length)
  expect(others.length).toBeGreaterThan(0)
  expect(others.filter((type) => !isLifecycle({ type }) && type !== 'LocationUpdate')).toEqual([])
  // The platform sends no event whose scope was not asked for.
  const needed = events.flatMap((type) => findEventKind(type)?.needs ?? [])
  expect(needed.filter((scope) => !(SCOPES as readonly string[]).includes(scope))).toEqual([])
})

test('the list of events says what the catalogue says', () => {
  const rows = [
    ...readFileSync(join(ROOT, 'docs/events.md'), 'utf8').matchAll(/^\| (\w+) \| (.*) \| (\w+) \| (.*) \|$/gm),
  ]
  expect(rows.slice(1).map(([, ...cells]) => cells)).toEqual(
    EVENT_KINDS.map(({ type, needs, inferred, tenant, trigger, alsoTells }) => [
      type,
      needs ? `\`${needs}\`${inferred ? ' (inferred)' : ''}` : '–',
      tenant,
      trigger ? [trigger, ...alsoTells].map((one) => `\`${one}\``).join(', ') : 'a fact of the installation',
    ]),
  )
})

test('every scope is one of the platform’s, and named once', () => {
  expect(SCOPES.filter((scope) => !PLATFORM_SCOPES.includes(scope))).toEqual([])
  expect(new Set(PLATFORM_SCOPES).size).toBe(PLATFORM_SCOPES.length)
})

test('every endpoint needs a scope that is asked for, and every scope is asked for because of one', () => {
  const folder = join(ROOT, 'src/highlevel')
  const named = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(/\bscope: '([^']+)'/g)])
  expect([...new Set(named.map(([, scope]) => scope))].sort()).toEqual(SCOPES)
})

const location = (scopes: string[], refusedScopes: string[] = []) =>
  ({ userType: 'Location', scopes, refusedScopes }) as const

test('a missing scope switches off what needs it and nothing else', () => {
  const granted = location([...SCOPES.filter((scope) => scope !== 'locations.readonly'), 'something.else'])
  expect(listMissingScopes(granted)).toEqual(['locations.readonly'])
  expect(isFeatureOn(granted, 'account_name')).toBe(false)
  expect(isFeatureOn(granted, 'contact_changes')).toBe(true)
  expect(isEventOff(granted, 'ContactUpdate')).toBe(false)
  expect(isEventOff(location(['locations.readonly']), 'ContactUpdate')).toBe(true)
  expect(isEventOff(location(['contacts.readonly']), 'TaskCreate')).toBe(true)
  expect(isEventOff(location(['contacts.readonly']), 'NoteCreate')).toBe(false)
})

test('a grant that was never named counts as granted until a refusal tells otherwise', () => {
  expect(listMissingScopes(location([]))).toEqual([])
  expect(listMissingScopes(location([], ['contacts.readonly']))).toEqual(['contacts.readonly'])
  expect(listMissingScopes(location([...SCOPES], ['contacts.readonly']))).toEqual(['contacts.readonly'])
})

test('a company needs what is done with its own tokens', () => {
  const company = { userType: 'Company', scopes: ['oauth.readonly'], refusedScopes: [] } as const
  expect(listMissingScopes(company)).toEqual(['oauth.write'])
})
