/** What became of a flow: `waiting` until the owner mends something, `later` when time alone may mend it. */
export type FlowResult =
  | { state: 'finished' }
  | { state: 'waiting'; reason: string }
  | { state: 'later'; error: unknown }

export const FINISHED: FlowResult = { state: 'finished' }
