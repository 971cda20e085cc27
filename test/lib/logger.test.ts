import knex from 'knex'
import { expect, inject, test } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../src/lib/errors.ts'
import { createLogger, describeError } from '../../src/lib/logger.ts'
import { Trouble } from '../../src/lib/trouble.ts'

const SECRET = 'canary-7f3a'
const logged = (error: unknown): string => {
  const lines: string[] = []
  createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } }).error(
    { error },
    'it failed',
  )
  return lines.join('')
}

test('a line is one line of JSON with its time and level', () => {
  const text = logged(new Error('x'))
  expect(text.trim().split('\n')).toHaveLength(1)
  expect(JSON.parse(text)).toMatchObject({
    level: 'error',
    msg: 'it failed',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
  })
})

test('nothing in a value begins a line of its own or moves a terminal’s cursor', () => {
  const forged = 'x\r\n{"level":"error","msg":"forged"}\n\u001b[2J\u001b]0;title\u0007\0\u001b[31m'
  const lines: string[] = []
  const logger = createLogger({ level: 'info', destination: { write: (line) => void lines.push(line) } })
  logger.child({ runId: forged }).warn({ [forged]: 1, deep: { list: [forged] } }, forged)
  logger.error({ error: new Trouble('rejected', { detail: forged }) }, 'short \n and \u001b[0m')
  for (const line of lines) expect(line).toMatch(/^[^\p{Cc}]*\n$/u)
  expect(lines.map((line) => JSON.parse(line).msg)).toEqual([forged, 'short \n and \u001b[0m'])
})

test('of foreign errors the log keeps name, code and where, never the words', () => {
  const error = Object.assign(new TypeError(`could not read ${SECRET}`), {
    code: 'EODD',
    detail: SECRET,
    input: SECRET,
  })
  const text = logged(error)
  expect(text).not.toContain(SECRET)
  expect(describeError(error)).toMatchObject({ name: 'TypeError', code: 'EODD' })
  expect(String(describeError(error).stack)).toContain('logger.test.ts')
})

test('not when the words are made to look like places', () => {
  const message = `first\n    at ${SECRET} (secret.ts:1:1)\n    at more ${SECRET}`
  expect(logged(new Error(message))).not.toContain(SECRET)
  const renamed = new Error('x')
  renamed.stack = `Error: x\n  at ${SECRET}\n\tat ${SECRET}\nat ${SECRET}`
  expect(logged(renamed)).not.toContain(SECRET)
})

test('nor those of its causes, however deep', () => {
  const deep = new Error(SECRET, { cause: new Error(SECRET, { cause: { token: SECRET } }) })
  const text = logged(new AppError('internal', { cause: deep }))
  expect(text).not.toContain(SECRET)
  expect(JSON.parse(text).error.cause.cause.cause).toEqual({ name: 'object' })
})

test('what we write ourselves is kept', () => {
  const trouble = new Trouble('rejected', { detail: 'The platform said no.', status: 422 })
  expect(describeError(trouble)).toMatchObject({
    name: 'Trouble',
    code: 'rejected',
    status: 422,
    message: 'The platform said no.',
  })
  expect(describeError(new AppError('not_found')).message).toBe('There is nothing here.')
})

test('whatever is thrown can be described', () => {
  for (const thrown of [SECRET, { message: SECRET }, null, undefined, 7, [SECRET], Symbol('x'), Object.create(null)]) {
    expect(JSON.stringify(describeError(thrown))).not.toContain(SECRET)
  }
})

test('a database’s error quotes rows and values; the log does not', async () => {
  const sql = knex({ client: 'pg', connection: inject('testRun').serverUrl, pool: { min: 0, max: 1 } })
  const statements = [
    `select '${SECRET}'::int`,
    `select 1 from "${SECRET}"`,
    `do $$ begin raise exception using message = '${SECRET}', detail = '${SECRET}', hint = '${SECRET}'; end $$`,
    `create temporary table keyed (id text primary key); insert into keyed values ('${SECRET}'), ('${SECRET}')`,
  ]
  for (const statement of statements) {
    const error = await sql.raw(statement).then(
      () => undefined,
      (failure) => failure,
    )
    expect(error.message).toContain(SECRET)
    expect(logged(error)).not.toContain(SECRET)
    expect(describeError(error).code).toMatch(/^[0-9A-Z]{5}$/)
  }
  await sql.destroy()
})

test('a check that failed quotes its input; the log does not', () => {
  const { error } = z.strictObject({ token: z.enum(['a']) }).safeParse({ [SECRET]: SECRET })
  expect(logged(error)).not.toContain(SECRET)
})
