import { makeAdminLink } from '../../src/console/operator-session.ts'
import type { Line } from '../support/line.ts'

/** Somebody at the console, without a browser. */
export type Operator = {
  get(path: string): Promise<{ status: number; html: string }>
  /** A form, as our own page sends it. */
  send(
    path: string,
    fields: Record<string, string>,
    origin?: string,
  ): Promise<{ status: number; html: string; to: string }>
}

export async function signInOperator(line: Line, name = 'alex'): Promise<Operator> {
  const { appUrl: baseUrl, config, database } = line
  const link = await makeAdminLink({ database, now: Date.now, sessionKeys: config.sessionKeys, baseUrl }, name)
  const answer = await fetch(`${baseUrl}/admin/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: baseUrl },
    body: JSON.stringify({ token: link.split('#')[1] }),
  })
  const cookie = String(answer.headers.get('set-cookie')?.split(';')[0])
  const ask = async (path: string, init: RequestInit = {}): Promise<{ status: number; html: string; to: string }> => {
    const headers = { cookie, accept: 'text/html', ...init.headers }
    const response = await fetch(`${baseUrl}${path}`, { redirect: 'manual', ...init, headers })
    return { status: response.status, html: await response.text(), to: response.headers.get('location') ?? '' }
  }
  return {
    get: (path) => ask(path),
    send: (path, fields, origin = baseUrl) =>
      ask(path, { method: 'POST', headers: { origin }, body: new URLSearchParams(fields) }),
  }
}

/** What the hidden fields of a page's form hold. */
export const hiddenFields = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map(([, name, value]) => [
      String(name),
      String(value).replaceAll('&#34;', '"').replaceAll('&amp;', '&'),
    ]),
  )
