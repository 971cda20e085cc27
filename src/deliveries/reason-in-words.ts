/** Why a delivery is where it is, for operators: what that means, and what to do. */
export type ReasonInWords = { meaning: string; advice: string }

export function reasonInWords(state: string, reason: string | null): ReasonInWords {
  if (state === 'received') return RECEIVED
  if (state === 'discarded') return DISCARDED
  if (state === 'done') return { meaning: DONE[reason ?? ''] ?? 'It was worked on.', advice: 'Nothing has to be done.' }
  const known = reason !== null && Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined
  return known ?? UNKNOWN
}

const RECEIVED: ReasonInWords = {
  meaning: 'It waits for its turn. Tried before, it waits for the moment at which it is tried again.',
  advice: 'Nothing has to be done. If it stays, see whether a worker runs, and what its log says.',
}
const DISCARDED: ReasonInWords = {
  meaning: 'An operator decided that it is not worked on. The account’s audit log has the reason.',
  advice: 'Nothing has to be done.',
}
const UNKNOWN: ReasonInWords = {
  meaning: 'It was put aside, for a reason that this version has no words for.',
  advice: 'Look for the delivery’s id in the log of the workers.',
}
const DONE: Record<string, string> = { no_flow: 'No flow that is switched on waits for such an event.' }

const AGAIN = 'Replay it once that is mended.'
const BY_ITSELF = 'It goes on by itself then; a replay before that puts it back where it is.'

const REASONS: Record<string, ReasonInWords> = {
  unreadable: {
    meaning: 'The sender signed it, but what it sent is not an event that can be read.',
    advice: 'Discard it. If there are many, the sender’s format has changed: update the app, then replay them.',
  },
  surprise: {
    meaning: 'It met an error that nobody expected, several times, or its worker died of it.',
    advice: `Look for "a delivery is given up" with its id in the log of the workers. ${AGAIN}`,
  },
  unreachable: {
    meaning: 'The other side gave no answer for about a day.',
    advice: `See whether it can be reached from this server. ${AGAIN}`,
  },
  unavailable: {
    meaning: 'The other side was in trouble for about a day.',
    advice: `See whether it works again. ${AGAIN}`,
  },
  rate_limited: {
    meaning: 'The other side asked for patience for about a day.',
    advice: 'Replay it when it is quieter.',
  },
  rejected: {
    meaning: 'The other side refused it, and would refuse it again as it is.',
    advice: `The log of the workers says what was refused. ${AGAIN}`,
  },
  unexpected_answer: {
    meaning: 'The other side answered something that could not be read.',
    advice: `The log of the workers has more. An update of the app may be needed. ${AGAIN}`,
  },
  conflict: {
    meaning: 'It clashes with another record on the other side.',
    advice: `The log of the workers says which. ${AGAIN}`,
  },
  not_found: { meaning: 'What it is about does not exist any more.', advice: 'Discard it.' },
  try_later: { meaning: 'The account’s data was erased while it was tried.', advice: 'Replay it, or discard it.' },
  credentials_refused: {
    meaning: 'The partner refuses the account’s key.',
    advice: `The owner has to enter a new key of the partner on the settings page. ${BY_ITSELF}`,
  },
  credentials_needed: {
    meaning: 'The account came back, and its keys had been erased.',
    advice: `The owner has to enter the partner’s key again on the settings page. ${BY_ITSELF}`,
  },
  paused: {
    meaning: 'The owner has paused the connection.',
    advice: `It waits until the owner lets it go on. ${BY_ITSELF}`,
  },
  scopes_missing: {
    meaning: 'The account does not grant a permission that this needs.',
    advice: `An administrator of the account has to install the app again and allow all that it asks for. ${BY_ITSELF}`,
  },
  needs_reconnect: {
    meaning: 'The platform no longer accepts the account’s tokens.',
    advice: `An administrator of the account has to install the app again. ${BY_ITSELF}`,
  },
  suspended: {
    meaning: 'The account is not active at the platform.',
    advice: `Nothing can be done here until it is active again. ${BY_ITSELF}`,
  },
  pending: {
    meaning: 'The installation is not complete: there are no tokens yet.',
    advice: `It goes on when the installation is complete. If it stays, run the doctor.`,
  },
  unknown_type: {
    meaning: 'This version does not know events of this type.',
    advice: 'Nothing has to be done. After an update that knows the type it can be replayed.',
  },
  no_record: {
    meaning: 'It does not name the record that it is about.',
    advice: 'Nothing has to be done.',
  },
  not_installed: {
    meaning: 'The app was not installed in the account when it came.',
    advice: 'Nothing has to be done.',
  },
  uninstalled: { meaning: 'It happened before the account uninstalled the app.', advice: 'Nothing has to be done.' },
  disconnected: {
    meaning: 'The connection that it came for had been removed.',
    advice: 'Nothing has to be done.',
  },
  too_old: {
    meaning: 'It was sent more than 30 days before it came: perhaps a copy that somebody kept. It cannot be replayed.',
    advice: 'Nothing has to be done.',
  },
  foreign_app: { meaning: 'It was meant for another app. It cannot be replayed.', advice: 'Nothing has to be done.' },
  purged: {
    meaning: 'The account’s data was deleted; nobody can open this any more.',
    advice: 'Nothing has to be done.',
  },
}

/** For those who choose among them. */
export const REASON_KEYS: readonly string[] = Object.keys(REASONS).sort()
