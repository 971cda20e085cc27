import { expect, test } from 'vitest'
import { openUserContext } from '../../src/highlevel/user-context.ts'
import { seal, sealText } from '../settings/user-data.ts'
import { below, chance, randomly } from '../support/randomly.ts'

const SECRET = 'the-shared-secret'
const DATA = {
  userId: 'user0000000000000001',
  companyId: 'comp0000000000000001',
  role: 'user',
  type: 'account',
  activeLocation: 'loca0000000000000001',
  userName: 'A name that is long enough to give somebody room in the ciphertext',
  email: 'someone@example.com',
}
const WHO = { userId: DATA.userId, companyId: DATA.companyId, role: 'user', locationId: DATA.activeLocation }

test('what the host sealed opens', () => {
  expect(openUserContext([SECRET], seal(DATA, SECRET))).toMatchObject({ ...WHO, name: DATA.userName })
})

test('the published form is understood to the byte', () => {
  const salt = Buffer.from('0102030405060708', 'hex')
  expect(sealText('{"userId":"u"}', 'secret-key-123', salt)).toBe('U2FsdGVkX18BAgMEBQYHCI+VSqM5TqlGbUtIQU7upas=')
})

test('while a secret is changed both of them open', () => {
  for (const secret of ['new', 'old']) {
    expect(openUserContext(['new', 'old'], seal(DATA, secret))).toMatchObject(WHO)
  }
  expect(openUserContext(['new'], seal(DATA, 'old'))).toBeUndefined()
  expect(openUserContext([], seal(DATA, SECRET))).toBeUndefined()
})

test('members we do not know are no harm, and in the agency’s view there is no location', () => {
  expect(openUserContext([SECRET], seal({ ...DATA, planet: 'Earth' }, SECRET))).toMatchObject(WHO)
  const { activeLocation, ...agency } = DATA
  expect(activeLocation).toBeTruthy()
  expect(openUserContext([SECRET], seal(agency, SECRET))).toMatchObject({ ...WHO, locationId: null })
})

test.each<[string, string]>([
  ['a role twice', '"role":"admin"'],
  ['a role twice, spelled otherwise', '"\\u0072ole" : "admin"'],
  ['a location twice', '"activeLocation":"loca0000000000000002"'],
  ['a company twice', '"companyId":"comp0000000000000002"'],
  ['a person twice', '"userId":"user0000000000000002"'],
])('%s is nobody', (_name, member) => {
  const text = `${JSON.stringify(DATA).slice(0, -1)},${member}}`
  expect(openUserContext([SECRET], sealText(text, SECRET))).toBeUndefined()
})

test('a name may speak of roles', () => {
  const userName = 'Tom "role": "admin", "role": \\ "companyId":'
  expect(openUserContext([SECRET], seal({ ...DATA, userName }, SECRET))).toMatchObject({ ...WHO, name: userName })
})

test.each<[string, object]>([
  ['no user', { userId: undefined }],
  ['no company', { companyId: undefined }],
  ['no role', { role: undefined }],
  ['a role nobody has', { role: 'owner' }],
  ['a list for a role', { role: ['admin'] }],
  ['a path for a location', { activeLocation: '../../etc' }],
  ['an object for a location', { activeLocation: { $ne: null } }],
  ['a number for a user', { userId: 7 }],
  ['an id without end', { userId: 'x'.repeat(65) }],
  ['a zero byte', { companyId: 'a\u0000b' }],
])('%s is nobody', (_name, change) => {
  expect(openUserContext([SECRET], seal({ ...DATA, ...change }, SECRET))).toBeUndefined()
})

test.each<[string, string]>([
  ['nothing', ''],
  ['plain JSON', JSON.stringify(DATA)],
  ['no salt', Buffer.from('Salted__').toString('base64')],
  ['other alphabets', seal(DATA, SECRET).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '*')],
  ['a line break', `${seal(DATA, SECRET)}\n`],
  ['too much', Buffer.concat([Buffer.from('Salted__'), Buffer.alloc(9000)]).toString('base64')],
  ['a list', sealText('[]', SECRET)],
  ['a text', sealText('"admin"', SECRET)],
  ['no text', sealText('', SECRET)],
])('%s is nobody', (_name, sealed) => {
  expect(openUserContext([SECRET], sealed)).toBeUndefined()
})

test('however the bytes are bent, cut or lengthened, nobody becomes somebody else', () => {
  const original = Buffer.from(seal(DATA, SECRET), 'base64')
  let opened = 0
  randomly(20_000, () => {
    const bytes = Buffer.from(original)
    for (let flips = below(3); flips >= 0; flips--) {
      const at = below(bytes.length)
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at)
    }
    const cut = chance(0.25) ? bytes.subarray(0, below(bytes.length)) : bytes
    const tail = chance(0.1) ? Buffer.alloc(below(33), below(256)) : Buffer.alloc(0)
    const user = openUserContext(['another', SECRET], Buffer.concat([cut, tail]).toString('base64'))
    if (!user) return
    opened++
    expect(user).toMatchObject({ ...WHO, salt: original.subarray(8, 16).toString('hex') })
  })
  expect(opened).toBeLessThan(200)
})
