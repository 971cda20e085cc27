import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import ejs from 'ejs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SCOPES } from '../src/highlevel/scopes.ts'
import { ERRORS, type ErrorCode } from '../src/lib/errors.ts'
import { openAccount } from './support/account.ts'
import { type Line, startLine } from './support/line.ts'
import { eventually } from './support/people.ts'
import { type Literal, readLiterals } from './support/read-literals.ts'

/** An app for resellers must not name the platform to their customers. The portal refuses the same spellings. */
const BRAND = /high[\s._-]*level|\bghl\b|lead[\s._-]*connector|\blc[\s-]?(phone|email|premium)\b/i

const ROOT = join(import.meta.dirname, '..')

const filesOf = (...places: string[]): string[] =>
  places.flatMap((place) =>
    statSync(join(ROOT, place)).isFile()
      ? [place]
      : readdirSync(join(ROOT, place), { recursive: true, encoding: 'utf8' })
          .map((name) => join(place, name))
          .filter((path) => /\.(ts|js|ejs)$/.test(path)),
  )

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/**
 * No person sees: one word that begins small (keys, properties, hosts, header names, paths), what is written to the log, and
 * what is thrown as a surprise, of which people get a sentence of ours.
 */
const isTechnical = ({ text, callee }: Literal): boolean =>
  /^[^\sA-Z]\S*$/.test(text) ||
  /(^|\.)log\.\w+$/.test(callee) ||
  /\.(raw|whereRaw)$/.test(callee) || // SQL
  callee === 'Error'

const brandedIn = (literals: Literal[]): string[] =>
  literals.filter((literal) => BRAND.test(literal.text) && !isTechnical(literal)).map(({ text }) => text)

test('the reader of literals sees strings and templates, and neither comments nor patterns', () => {
  const code = [
    "// 'comment'",
    "/* 'comment' */ const a = 'one' // it's",
    ['const b = /[/\'"`]/.test(`two $', '{c("three") + `four $', '{d}`} five`) && x / y'].join(''),
    "log.warn({ at: 1 }, 'six')",
    "const e = 'it\\'s seven'",
  ].join('\n')
  expect(readLiterals(code).filter(({ text }) => text.trim() !== '')).toEqual([
    { text: 'one', callee: '' },
    { text: 'two ', callee: '.test' },
    { text: 'three', callee: 'c' },
    { text: 'four ', callee: '.test' },
    { text: ' five', callee: '.test' },
    { text: 'six', callee: 'log.warn' },
    { text: "it\\'s seven", callee: '' },
  ])
})

test('no sentence of the program that reaches a person names the platform', () => {
  const rooms = ['settings', 'sync', 'flows', 'connections', 'tenants', 'highlevel', 'connectors', 'lib', 'http']
  const files = [...filesOf(...rooms.map((room) => `src/${room}`)), ...filesOf('public/settings')]
  expect(files.length).toBeGreaterThan(80)
  const found = files.flatMap((file) => brandedIn(readLiterals(read(file))).map((text) => `${file}: ${text}`))
  expect(found).toEqual([])
})

test('no page names the platform', () => {
  const found = filesOf('views/settings', 'views/partials', 'views/installed.ejs', 'views/error.ejs').flatMap(
    (file) => {
      const shown = read(file).replace(/<%[\s\S]*?%>/g, ' ')
      const code = [...read(file).matchAll(/<%[-=]?([\s\S]*?)%>/g)].map(([, part]) => part).join('\n')
      return [...(BRAND.test(shown) ? [file] : []), ...brandedIn(readLiterals(code))]
    },
  )
  expect(found).toEqual([])
})

let line: Line

beforeAll(async () => {
  line = await startLine()
})
afterAll(() => line?.close())

test('no page of an error names the platform', async () => {
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const error = { code, message: ERRORS[code].sentence, reference: 'reference' }
    expect(await ejs.renderFile(join(ROOT, 'views/error.ejs'), { error })).not.toMatch(BRAND)
  }
  for (const path of [
    '/oauth/callback?error=access_denied',
    '/oauth/callback?code=none',
    '/nowhere',
    '/settings/home',
  ]) {
    for (const accept of ['text/html', 'application/json']) {
      expect(await (await fetch(line.appUrl + path, { headers: { accept } })).text()).not.toMatch(BRAND)
    }
  }
})

test('an owner whose account has every kind of trouble with the platform does not read its name', async () => {
  const { control } = line.highLevel
  const account = await openAccount(line, 0)
  const page = async (): Promise<string> => (await account.owner.get('/settings/home')).text()
  control.setAllowDuplicates(account.locationId, true)
  const email = 'shared@example.com'
  const first = await account.create({ email, dateOfBirth: '2190-01-01' })
  await account.create({ email })
  control.failNext({ path: `/contacts/${first}`, kind: 'answer', status: 418 })
  await account.create({ email })
  const message = 'The token does not have access to this location.'
  control.failNext({ path: '/contacts/', kind: 'answer', status: 403, body: { statusCode: 403, message } })
  await account.create({ email: 'foreign@example.com' })
  const runs = await account.runs()
  expect(runs.filter(({ outcome }) => outcome === 'failed').length).toBeGreaterThanOrEqual(2)
  for (const { reason } of runs) expect(reason ?? '').not.toMatch(BRAND)
  expect(withoutData(await page())).not.toMatch(BRAND)

  const install = async (scopes: string[]): Promise<string> =>
    (await fetch(control.installLocation(account.locationId, { scopes }), { headers: { accept: 'text/html' } })).text()
  expect(withoutData(await install(['locations.readonly']))).not.toMatch(BRAND)
  expect(withoutData(await page())).not.toMatch(BRAND)
  await install([...SCOPES])
  control.revokeTokens({ locationId: account.locationId })
  control.createContact(account.locationId, { email: 'revoked@example.com' })
  const lost = await eventually(page, (html) => html.includes('The link to your account was lost'))
  expect(withoutData(lost)).not.toMatch(BRAND)
})

test('the embedded page and all that it loads do not name the platform', async () => {
  const shell = await (await fetch(`${line.appUrl}/settings`)).text()
  expect(shell).not.toMatch(BRAND)
  for (const file of filesOf('public/settings')) {
    expect(brandedIn(readLiterals(await (await fetch(`${line.appUrl}/assets/${file.slice(7)}`)).text()))).toEqual([])
  }
})

/** Here the way back to the account leads to this machine; elsewhere there is none. */
const withoutData = (html: string): string => html.replaceAll(/href="http:\/\/localhost[^"]*"/g, '')
