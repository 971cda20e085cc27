import { expect, test } from 'vitest'
import { findLinkFaults, type InstallUrlSettings, installUrl, isLinkOf } from '../../src/highlevel/install-url.ts'
import { SCOPES } from '../../src/highlevel/scopes.ts'

const CLIENT = 'a0a0a0a0a0a0a0a0a0a0a0a0-abcdefgh'
const REDIRECT = 'https://causeway.example/oauth/callback'
const BRANDED = 'https://marketplace.gohighlevel.com'
const WHITE_LABEL = 'https://marketplace.leadconnectorhq.com'

const portalLink = (host: string, changes: Record<string, string | null> = {}): string => {
  const query = new Map<string, string | null>(
    Object.entries({
      response_type: 'code',
      redirect_uri: REDIRECT,
      client_id: CLIENT,
      scope: SCOPES.join(' '),
      version_id: 'b1b1b1b1b1b1b1b1b1b1b1b1',
      ...changes,
    }),
  )
  const spelled = [...query].flatMap(([name, value]) =>
    value === null ? [] : [`${name}=${encodeURIComponent(value)}`],
  )
  return `${host}/v2/oauth/chooselocation?${spelled.join('&')}`
}

const settings = (marketplaceUrl: string, link: string | null): InstallUrlSettings => ({
  marketplaceUrl,
  clientId: CLIENT,
  redirectUri: REDIRECT,
  installUrl: link,
})

test.each([BRANDED, WHITE_LABEL])('without a link of the portal, one is made for %s', (host) => {
  const url = new URL(installUrl(settings(host, null), 'the state'))
  expect(url.origin + url.pathname).toBe(`${host}/v2/oauth/chooselocation`)
  expect(Object.fromEntries(url.searchParams)).toEqual({
    response_type: 'code',
    client_id: CLIENT,
    redirect_uri: REDIRECT,
    scope: SCOPES.join(' '),
    version_id: 'a0a0a0a0a0a0a0a0a0a0a0a0',
    loginWindowOpenMode: 'self',
    state: 'the state',
  })
})

test.each([BRANDED, WHITE_LABEL])('the portal’s link to %s is used as it is, with the state behind it', (host) => {
  const link = portalLink(host)
  const other = host === BRANDED ? WHITE_LABEL : BRANDED
  expect(installUrl(settings(other, link), 'the state')).toBe(`${link}&loginWindowOpenMode=self&state=the+state`)
})

test('the older path, and what the portal says of the window, stay; a state that it carries does not', () => {
  const link = `${WHITE_LABEL}/oauth/chooselocation?client_id=${CLIENT}&loginWindowOpenMode=popup&state=theirs`
  const url = new URL(installUrl(settings(BRANDED, link), 'ours'))
  expect(url.pathname).toBe('/oauth/chooselocation')
  expect(url.searchParams.getAll('state')).toEqual(['ours'])
  expect(url.searchParams.getAll('loginWindowOpenMode')).toEqual(['popup'])
})

test('a link is ours by whichever client key, and nobody else’s', () => {
  const app = { appId: 'b1b1b1b1b1b1b1b1b1b1b1b1', clients: [{ id: CLIENT }] }
  expect(isLinkOf(portalLink(BRANDED), app)).toBe(true)
  expect(isLinkOf(portalLink(BRANDED, { client_id: 'a0a0a0a0a0a0a0a0a0a0a0a0-another1' }), app)).toBe(true)
  expect(isLinkOf(portalLink(BRANDED, { client_id: 'b1b1b1b1b1b1b1b1b1b1b1b1-another1' }), app)).toBe(true)
  expect(isLinkOf(portalLink(BRANDED, { client_id: 'c2c2c2c2c2c2c2c2c2c2c2c2-another1' }), app)).toBe(false)
  expect(isLinkOf(portalLink(BRANDED, { client_id: null }), app)).toBe(false)
})

const faultsOf = (changes: Record<string, string | null>) =>
  findLinkFaults(portalLink(BRANDED, changes), { clientId: CLIENT, redirectUri: REDIRECT })

test('what is wrong with a link is told one by one', () => {
  expect(faultsOf({})).toEqual([])
  expect(faultsOf({ client_id: 'a0a0a0a0a0a0a0a0a0a0a0a0-another1' })).toEqual([{ kind: 'other_client' }])
  expect(faultsOf({ redirect_uri: 'https://elsewhere.example/' })).toEqual([{ kind: 'other_redirect' }])
  expect(faultsOf({ redirect_uri: null })).toEqual([{ kind: 'other_redirect' }])
  expect(faultsOf({ scope: null })).toEqual([{ kind: 'scopes_missing', scopes: [...SCOPES] }])
  expect(faultsOf({ scope: `${SCOPES.slice(1).join(' ')} contacts.readOnly users.write` })).toEqual([
    { kind: 'scopes_missing', scopes: [SCOPES[0]] },
    { kind: 'scopes_unknown', scopes: ['contacts.readOnly'] },
    { kind: 'scopes_unused', scopes: ['users.write'] },
  ])
})
