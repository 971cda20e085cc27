import type { Socket } from 'node:net'

/** What pg's client has and its types leave out. */
export type WireClient = { readyForQuery: boolean; connection: { stream: Socket } }

/**
 * Ends a connection that owes us an answer and sends nothing for so long. The server keeps its own time limit; this is
 * for a server or a network that has gone without a word, which the system notices after a quarter of an hour.
 */
export function cutWhenSilent(client: WireClient, silentMs: number): void {
  const { stream } = client.connection
  stream.setTimeout(silentMs)
  stream.on('timeout', () => {
    if (!client.readyForQuery) stream.destroy(new Error('The database fell silent.'))
  })
}
