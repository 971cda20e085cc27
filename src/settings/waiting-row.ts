import type { Waiting } from '../deliveries/waiting-store.ts'

/** Changes that wait, in the owner's words. */
export type WaitingRow = {
  /** "12 changes wait", "At least 1,000 changes wait". */
  what: string
  /** ISO 8601, UTC: since when the oldest of them waits. */
  since: string
  why: string
  advice: string
}

export function waitingRow({ reason, count, isCapped, oldest }: Waiting): WaitingRow {
  const words = Object.hasOwn(WORDS, reason) ? WORDS[reason] : undefined
  return { what: howMany(count, isCapped), since: oldest.toISOString(), ...(words ?? OTHERWISE) }
}

function howMany(count: number, isCapped: boolean): string {
  if (isCapped) return `At least ${count.toLocaleString('en')} ${count === 1 ? 'change waits' : 'changes wait'}`
  return count === 1 ? '1 change waits' : `${count.toLocaleString('en')} changes wait`
}

const LATER = 'They are then done by themselves.'

const WORDS: Record<string, Pick<WaitingRow, 'why' | 'advice'>> = {
  needs_reconnect: {
    why: 'The link to your account was lost.',
    advice: `Install the app again from the app marketplace. ${LATER}`,
  },
  suspended: {
    why: 'Your account is not active at the moment.',
    advice: 'They are done by themselves once it is active again.',
  },
  pending: {
    why: 'The installation is not complete yet.',
    advice: 'They go on when it is. If it takes more than a few minutes, install the app again.',
  },
  scopes_missing: {
    why: 'Your account does not allow something that they need.',
    advice: `An administrator of the account has to install the app again and allow all that it asks for. ${LATER}`,
  },
  paused: { why: 'The connection is paused.', advice: 'They are done when it goes on.' },
  credentials_refused: {
    why: 'The other system does not accept its key any more.',
    advice: `Enter a key that works under Connections. ${LATER}`,
  },
  credentials_needed: {
    why: 'The key of the other system is needed again.',
    advice: `Enter it under Connections. ${LATER}`,
  },
  retrying: {
    why: 'Your account or the other system could not be reached, or asked us to slow down.',
    advice: 'Nothing has to be done: they are tried again by themselves.',
  },
  queued: {
    why: 'There is more to do than usual.',
    advice: 'Nothing has to be done: each has its turn.',
  },
}

const OTHERWISE = {
  why: 'Something has to be mended first.',
  advice: 'If this stays, ask whoever runs Causeway for you.',
}
