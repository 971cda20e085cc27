import { onTestFinished } from 'vitest'
import { createActiveTrailSandbox } from '../../../src/sandbox/activetrail/sandbox.ts'
import { listen } from '../../support/listen.ts'

type Answer = { status: number; headers: Headers; body: unknown; text: string }

/** A sandbox on a real port, and a way to call its API with the seeded account's token. Closed with the test. */
export async function startActiveTrail(options: Parameters<typeof createActiveTrailSandbox>[0] = {}) {
  const sandbox = createActiveTrailSandbox(options)
  const server = await listen(sandbox.handler)
  onTestFinished(async () => {
    await server.close()
    await sandbox.close()
  })

  async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`${server.url}/api${path}`, {
      method,
      headers: { authorization: sandbox.token, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') && text !== ''
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : null,
      text,
    } as Answer
  }

  /** Creates a contact through the API and returns its id. */
  async function contact(fields: object): Promise<number> {
    const { body } = await call('POST', '/contacts', fields)
    return (body as { id: number }).id
  }

  return { ...sandbox, url: server.url, call, contact }
}
