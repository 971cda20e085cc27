import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect, test } from 'vitest'

/** The rules of the house: which way imports point, and where to look for a thing. */

const ROOT = join(import.meta.dirname, '..')

const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort()

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** Without comments: a rule is about what code does, not about what it mentions. */
const code = (file: string): string =>
  read(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')

const importsOf = (file: string): string[] =>
  [...code(file).matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, path]) =>
    path?.startsWith('.') ? relative(ROOT, join(ROOT, file, '..', path)) : String(path),
  )

const sources = filesIn('src', '.ts')

/** The folder below src that a file belongs to; files of src itself belong to themselves. */
const roomOf = (file: string): string => (file.split('/').length > 2 ? String(file.split('/')[1]) : file)

/** What each room may use, beside itself and packages. Whoever adds a room says here where it stands. */
const FEATURES = ['audit', 'tenants', 'connections', 'flows', 'sync'] as const
const GROUND = ['lib', 'db']
const BASE = [...GROUND, 'jobs', 'highlevel', 'connectors', 'catalog', 'http']
const MAY_USE: Record<string, string[]> = {
  lib: [],
  db: ['lib'],
  jobs: GROUND,
  http: GROUND,
  highlevel: ['lib'],
  connectors: ['lib'],
  catalog: ['lib', 'highlevel', 'connectors'],
  ...Object.fromEntries(FEATURES.map((room, index) => [room, [...BASE, ...FEATURES.slice(0, index)]])),
  webhooks: [...BASE, ...FEATURES],
  backfills: [...BASE, ...FEATURES],
  polls: [...BASE, ...FEATURES, 'webhooks'],
  deliveries: [...BASE, ...FEATURES, 'webhooks'],
  leaving: [...BASE, ...FEATURES, 'webhooks', 'backfills'],
  upkeep: [...BASE, ...FEATURES, 'backfills', 'deliveries', 'webhooks'],
  settings: [...BASE, ...FEATURES, 'deliveries', 'leaving', 'backfills'],
  console: [...BASE, ...FEATURES, 'deliveries'],
  sandbox: ['lib'],
  backups: [...BASE, ...FEATURES, 'src/migrate.ts'],
  commands: [
    ...BASE,
    ...FEATURES,
    'deliveries',
    'leaving',
    'backfills',
    'console',
    'backups',
    'doctor',
    'compose',
    'src/config.ts',
    'src/migrate.ts',
    'src/process-config.ts',
  ],
  doctor: [...BASE, ...FEATURES, 'deliveries', 'webhooks', 'polls', 'backfills'],
}

/** They introduce the product to its sandbox. */
const BETWEEN = ['src/sandbox/start-sandboxes.ts', 'src/sandbox/register-app.ts']

/** Entry files. Beside them, what builds the product knows everything: the room `compose`. */
const TOP = [
  'start',
  'server',
  'worker',
  'cli',
  'app',
  'config',
  'environment',
  'migrate',
  'development',
  'process-config',
]

test('imports point one way', () => {
  const wrong = sources
    .filter(
      (file) =>
        !TOP.includes(file.replace(/^src\/|\.ts$/g, '')) && roomOf(file) !== 'compose' && !BETWEEN.includes(file),
    )
    .flatMap((file) => {
      const room = roomOf(file)
      const allowed = [room, ...(MAY_USE[room] ?? [])]
      return importsOf(file)
        .filter((path) => path.startsWith('src/') && !allowed.includes(roomOf(path)))
        .map((path) => `${file} imports ${path}`)
    })
  expect(wrong).toEqual([])
})

test('every room has its place in the rules', () => {
  const rooms = new Set(sources.map(roomOf).filter((room) => !room.startsWith('src/')))
  expect([...rooms].filter((room) => !(room in MAY_USE) && room !== 'compose')).toEqual([])
})

test('the sandbox is used by `npm start` and by tests only', () => {
  const users = sources.filter(
    (file) => roomOf(file) !== 'sandbox' && importsOf(file).some((path) => path.startsWith('src/sandbox')),
  )
  expect(users).toEqual(['src/start.ts'])
})

test('the platform’s wire and the connectors know no Express, no database and no environment', () => {
  const wrong = sources
    .filter((file) => ['highlevel', 'connectors'].includes(roomOf(file)))
    .filter(
      (file) =>
        importsOf(file).some((path) => /^(express|knex|pg|pg-boss)$/.test(path)) || code(file).includes('process.'),
    )
  expect(wrong).toEqual([])
})

const homesOf = (pattern: RegExp): string[] =>
  sources.filter((file) => roomOf(file) !== 'sandbox' && pattern.test(code(file)))

test('the environment is read in one file', () => {
  expect(homesOf(/process\.env/)).toEqual(['src/config.ts'])
})

test('other hosts are called from one file', () => {
  expect(homesOf(/[^.\w]fetch\(/)).toEqual(['src/lib/http-client.ts'])
})

test('tables are named in stores', () => {
  const wrong = homesOf(/\bsql\('|\bsql\.raw\b/).filter((file) => !file.endsWith('-store.ts') && roomOf(file) !== 'db')
  // One asks the database for a 1, the other grants the roles pg-boss's own tables.
  expect(wrong).toEqual(['src/http/health-routes.ts', 'src/jobs/install-queues.ts'])
})

test('the only classes are errors', () => {
  const wrong = sources.filter((file) => /\bclass (?!\w+ extends (Error|Trouble)\b)/.test(code(file)))
  expect(wrong).toEqual([])
})

test('pages escape what they show', () => {
  const wrong = filesIn('views', '.ejs').filter((file) => /<%-(?!\s*include\()/.test(read(file)))
  expect(wrong).toEqual([])
})

test('nothing is left open, forced or switched off', () => {
  const wrong = [...sources, ...filesIn('test', '.ts')].filter(
    (file) =>
      file !== 'test/house.test.ts' &&
      /\b(test|describe|it)\.(only|todo)\b|TODO|FIXME|@ts-(ignore|expect-error)/.test(read(file)),
  )
  expect(wrong).toEqual([])
})

test('every migration is a file of its own, in order of time', () => {
  const names = filesIn('migrations', '.ts')
  expect(names.every((name) => /^migrations\/\d{14}_[a-z]+_[a-z_]+\.ts$/.test(name))).toBe(true)
  expect(new Set(names.map((name) => name.slice(11, 25))).size).toBe(names.length)
})
