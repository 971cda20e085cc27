import { describe, expect, test } from 'vitest'
import { type RefusalKind, readRefusal } from '../../src/highlevel/refusal.ts'
import type { TroubleCode } from '../../src/lib/trouble.ts'

type Case = [status: number, answer: unknown, kind: RefusalKind, code: TroubleCode]

const said = (message: string) => ({ statusCode: 0, message })

/** HighLevel docs: OAuth 2.0; and messages as observed. */
const tokenEndpoint: Case[] = [
  [400, said('Invalid parameter: grantType'), 'other', 'rejected'],
  [400, said('Missing parameter: clientId'), 'other', 'rejected'],
  [400, said('Invalid grant: refresh token is invalid'), 'token_spent', 'credentials_refused'],
  [400, said('Invalid grant: refresh token has expired'), 'token_spent', 'credentials_refused'],
  [400, said('Location is not active'), 'location_inactive', 'credentials_refused'],
  [
    401,
    { ...said('Invalid token: access token is invalid'), error: 'Unauthorized' },
    'token_rejected',
    'credentials_refused',
  ],
  [
    401,
    { error: 'UnAuthorized!', error_description: 'Authorization code not found' },
    'code_refused',
    'credentials_refused',
  ],
  [422, { message: ['code must be a string'], error: 'Unprocessable Entity' }, 'other', 'rejected'],
  [400, { ...said('API endpoint has been removed'), error: 'Bad Request' }, 'other', 'rejected'],
  [400, said('Endpoint /x not available in API version v3, removed in version v3'), 'other', 'rejected'],
  [404, { error: { code: 'RESOURCE_NOT_FOUND', message: 'No such location' } }, 'other', 'not_found'],
]

const api: Case[] = [
  [401, said('The token is not authorized for this scope.'), 'scope_missing', 'rejected'],
  [
    401,
    said(
      'This authClass type is not allowed to access this scope. Please verify your IAM configuration if this is not the case.',
    ),
    'wrong_token_class',
    'rejected',
  ],
  [401, said("Token's user type mismatch!"), 'wrong_token_class', 'rejected'],
  [403, said('The token does not have access to this location.'), 'other_tenant', 'rejected'],
  [401, said('Invalid JWT'), 'token_rejected', 'credentials_refused'],
  [401, said('version header was not found.'), 'other', 'rejected'],
  [401, said('version header is invalid'), 'other', 'rejected'],
  [400, said('Invalid API version segment 2020-01-01'), 'other', 'rejected'],
  [400, said('Contact with id abc not found'), 'other', 'not_found'],
  [404, said('Cannot GET /contacts/abc/def'), 'other', 'not_found'],
  [
    400,
    { ...said('This location does not allow duplicated contacts.'), meta: { contactId: 'x' } },
    'duplicate_contact',
    'conflict',
  ],
  [429, said('Too Many Requests'), 'other', 'rate_limited'],
  [500, said('Internal server error'), 'other', 'unavailable'],
  [503, {}, 'other', 'unavailable'],
  [403, {}, 'other', 'rejected'],
]

describe.for([...tokenEndpoint, ...api])('%i %j', ([status, answer, kind, code]) => {
  test(`is ${kind}, ${code}`, () => {
    const refusal = readRefusal(status, answer, undefined)
    expect(refusal).toMatchObject({ kind, code, status })
    expect(refusal.message).toMatch(/^[A-Z].*\.$/)
    expect(refusal.heals).toBe(status === 429 || status >= 500)
    expect(refusal.outcomeUnknown).toBe(status >= 500)
  })
})

test.for([null, undefined, 'text', [], 7, { message: 7 }, { message: ['a', 'b'] }, { error: {} }])(
  'an answer of any shape can be read: %j',
  (answer) => expect(readRefusal(400, answer, undefined)).toMatchObject({ kind: 'other', code: 'rejected' }),
)

test('an odd part of the answer does not hide what the rest says', () => {
  const answer = { message: 'Invalid grant: refresh token is invalid', error: 7, traceId: 8, error_description: null }
  expect(readRefusal(400, answer, undefined)).toMatchObject({ kind: 'token_spent' })
})

test('the trace id and the wait asked for are kept, and nothing of the message', () => {
  const refusal = readRefusal(429, { ...said('dana@example.com is too fast'), traceId: 't-1' }, 7000)
  expect(refusal).toMatchObject({ traceId: 't-1', retryAfterMs: 7000 })
  expect(JSON.stringify({ ...refusal, text: refusal.message })).not.toContain('dana')
})

test('a duplicate names the contact that is there, and never who that is', () => {
  const meta = { contactId: 'abc', contactName: 'Dana Levi', matchingField: 'email' }
  const message = 'This location does not allow duplicated contacts.'
  const refusal = readRefusal(400, { ...said(message), meta }, undefined)
  expect(refusal.duplicate).toEqual({ contactId: 'abc', matchingField: 'email' })
  expect(JSON.stringify({ ...refusal, text: refusal.message })).not.toContain('Dana')
  expect(readRefusal(400, said(message), undefined).duplicate).toBeUndefined()
  expect(readRefusal(400, { ...said(message), meta: { contactId: '../x' } }, undefined).duplicate).toBeUndefined()
})

test('the properties that were not taken are named, and nothing of their values', () => {
  const message = [
    'property gender should not exist',
    'email must be an email',
    'tags.0 must be a string',
    'Dana is odd',
  ]
  for (const answer of [{ message }, { error: { code: 'INVALID', message, resolution: 'Correct it.' } }]) {
    const refusal = readRefusal(422, answer, undefined)
    expect(refusal.properties).toEqual(['gender', 'email', 'tags'])
    expect(refusal.message).toBe(
      'The platform refused the request (422): it does not take gender, email, tags as sent.',
    )
  }
  expect(readRefusal(422, { message: 'a@b.example must be unique' }, undefined).properties).toEqual([])
})

test('a read that failed has changed nothing', () => {
  expect(readRefusal(503, {}, undefined, { isWrite: false })).toMatchObject({ outcomeUnknown: false, heals: true })
})
