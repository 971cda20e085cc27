/** The host may begin to listen after the page was loaded, so the question is put again. */
const ASK_AFTER_MS = [0, 250, 750, 1500, 3000, 5000]
const GIVE_UP_AFTER_MS = 8000
const NO_ANSWER =
  'Your account did not say who you are. Reload the page; if that does not help, open Causeway again from the menu of your account.'

/** Asks the host around the frame who is in front of it, and resolves with its sealed answer. */
export function askHost() {
  return new Promise((resolve, reject) => {
    const asking = new AbortController()
    const timers = ASK_AFTER_MS.map((delay) => setTimeout(ask, delay))
    timers.push(setTimeout(() => finish(() => reject(new Error(NO_ANSWER))), GIVE_UP_AFTER_MS))
    function finish(settle) {
      asking.abort()
      for (const timer of timers) clearTimeout(timer)
      settle()
    }
    const listen = (event) => isAnswer(event) && finish(() => resolve(event.data.payload))
    window.addEventListener('message', listen, { signal: asking.signal })
  })
}

/** Any parent may hear the question: it holds nothing, and the host's own domain is not known. */
const ask = () => window.parent.postMessage({ message: 'REQUEST_USER_DATA' }, '*')

const isAnswer = ({ source, origin, data }) =>
  source === window.parent &&
  isTrusted(origin) &&
  data?.message === 'REQUEST_USER_DATA_RESPONSE' &&
  typeof data.payload === 'string' &&
  data.payload !== ''

/** Encrypted hosts only; on this machine alone, hosts on this machine too. */
const isTrusted = (origin) => origin.startsWith('https://') || (isLoopback(location.origin) && isLoopback(origin))

const isLoopback = (origin) => /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/.test(origin)
