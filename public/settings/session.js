const PATIENCE_MS = 40_000
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
 * A function that calls the server as whoever is in front of the page. The bearer lives in here and nowhere else. When it
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

  return async function call(method, path, body) {
    const used = current()
    const response = await send(method, path, body, await used)
    if (response.status !== 401) return textOf(response)
    if (bearer === used) bearer = undefined
    return textOf(await send(method, path, body, await current()))
  }
}

async function send(method, path, body, token) {
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` }),
  }
  const signal = AbortSignal.timeout(PATIENCE_MS)
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
