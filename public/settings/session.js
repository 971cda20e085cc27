const PATIENCE_MS = 40_000
/** A whole history takes its time. */
const PATIENCE_FOR_FILES_MS = 15 * 60_000
const UNREACHABLE = 'The server cannot be reached right now. Look at your connection and try again.'
const UNREADABLE = 'Something went wrong on our side. Please try again.'

/** What the server refused, with the sentence and the reference for people and what is wrong with which field. */
export class Refused extends Error {
  name = 'Refused'

  constructor({ status, message, reference = '', fields = {} }) {
    super(message)
    this.reference = reference
    this.fields = fields
    /** Nothing on the page can be shown any longer. */
    this.isFinal = status === 401 || status === 403
  }
}

/**
 * Functions that call the server as whoever is in front of the page. The bearer lives in here and nowhere else. When it
 * has run out the host is asked again, once: what it answers opens one session only.
 */
export function createSession(askHost) {
  let bearer

  async function open() {
    const payload = await askHost()
    const answer = await send('POST', '/settings/session', { payload })
    return JSON.parse(await textOf(answer)).token
  }

  const current = () => {
    bearer ??= open().catch((error) => {
      bearer = undefined
      throw error
    })
    return bearer
  }

  async function ask(method, path, body, patienceMs) {
    const used = current()
    const response = await send(method, path, body, await used, patienceMs)
    if (response.status !== 401) return response
    if (bearer === used) bearer = undefined
    return send(method, path, body, await current(), patienceMs)
  }

  return {
    call: async (method, path, body) => textOf(await ask(method, path, body)),
    fetchFile: async (path) => fileOf(await ask('GET', path, undefined, PATIENCE_FOR_FILES_MS)),
  }
}

async function send(method, path, body, token, patienceMs = PATIENCE_MS) {
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` }),
  }
  const signal = AbortSignal.timeout(patienceMs)
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: 'omit',
      signal,
      ...(body && { body: JSON.stringify(body) }),
    })
  } catch {
    throw new Refused({ message: UNREACHABLE })
  }
}

/** Rejects when it was cut short. */
async function fileOf(response) {
  if (!response.ok) return textOf(response)
  try {
    return await response.blob()
  } catch {
    throw new Refused({ message: UNREACHABLE })
  }
}

async function textOf(response) {
  const text = await response.text()
  if (response.ok) return text
  throw new Refused({ status: response.status, ...errorIn(text) })
}

/** A proxy between us and the server may answer with something else. */
function errorIn(text) {
  try {
    return JSON.parse(text).error
  } catch {
    return { message: UNREADABLE }
  }
}
