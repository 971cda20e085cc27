import type { Line } from './line.ts'

/** What people do, without a browser. */

/** Installs from the marketplace: the browser comes back with a code and no state. */
export async function install(line: Line, locationId: string): Promise<Response> {
  return fetch(line.highLevel.control.installLocation(locationId))
}

export type Owner = {
  get(path: string): Promise<Response>
  send(method: string, path: string, body?: unknown): Promise<Response>
}

/** Opens the embedded page as a user of the location. */
export async function openPage(line: Line, userId: string, locationId: string | null): Promise<Owner> {
  const payload = line.highLevel.control.sealUserData(userId, locationId)
  const answer = await postJson(`${line.appUrl}/settings/session`, { payload })
  if (answer.status !== 200) throw new Error(`The page did not open: ${answer.status} ${await answer.text()}`)
  const { token } = (await answer.json()) as { token: string }
  const authorization = `Bearer ${token}`
  return {
    get: (path) => fetch(`${line.appUrl}${path}`, { headers: { authorization } }),
    send: (method, path, body) =>
      fetch(`${line.appUrl}${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  }
}

export const postJson = (url: string, body: unknown): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** Waits until the look finds something, or fails with what it saw last. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  isThere: (seen: T) => boolean,
  forMs = 8000,
): Promise<T> {
  for (const deadline = Date.now() + forMs; ; ) {
    const seen = await look()
    if (isThere(seen)) return seen
    if (Date.now() > deadline) throw new Error(`It did not happen. Last seen: ${JSON.stringify(seen)?.slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
}
