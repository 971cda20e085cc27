import { expect } from 'vitest'
import type { FlowDefinition } from '../../src/connectors/flow-definition.ts'
import type { Account } from '../support/account.ts'
import type { Line } from '../support/line.ts'

/** A flow as its owner sees it. */
export type Shown = {
  id: string
  name: string
  version: number
  enabled: boolean
  warnings: string[]
  definition: FlowDefinition
}

/** The body of an answer, which has to have this status. */
export const json = async <T>(answer: Promise<Response>, status: number): Promise<T> => {
  const response = await answer
  const body = response.status === 204 ? undefined : await response.json()
  expect([response.status, body]).toEqual([status, body])
  return body as T
}

/** What an owner does with flows, and what is stored of it. */
export function flowPage(line: Line, { owner, connectionId }: Account) {
  const post = <T>(path: string, body: object, status = 201): Promise<T> =>
    json(owner.send('POST', `/settings/flows${path}`, body), status)
  const put = (path: string, body: object, status = 204): Promise<{ error: { message: string } }> =>
    json(owner.send('PUT', `/settings/flows${path}`, body), status)
  return {
    post,
    put,
    flows: async (): Promise<Shown[]> => (await json<{ flows: Shown[] }>(owner.get('/settings/flows'), 200)).flows,
    flow: (id: string): Promise<Shown> => json(owner.get(`/settings/flows/${id}`), 200),
    /** A flow of the ready kind, switched on. */
    fresh: async (): Promise<string> => {
      const { id } = await post<{ id: string }>('', { kind: 'ready', connectionId, key: 'contacts' })
      await put(`/${id}/switch`, { enabled: true })
      return id
    },
    entriesOf: async (id: string): Promise<Record<string, unknown>[]> =>
      line.database.system
        .sql('audit_entries')
        .where({ target: `flow/${id}` })
        .orderBy('seq'),
  }
}
