import { atMost, type Finding, inSeconds, none, shown } from './finding.ts'
import { NO_ANSWER, type Sender } from './sender.ts'

/** Nothing else than 200, and 429 with Retry-After, each within two seconds, whatever happens. */
export function measureAnswers(sender: Sender): Finding[] {
  const count = (matches: (status: number) => boolean): number =>
    [...sender.statuses].reduce((sum, [status, times]) => sum + (matches(status) ? times : 0), 0)
  const slowest = (status: number): number => inSeconds(sender.slowestMs.get(status) ?? 0)
  const is = (wanted: number) => (status: number) => status === wanted
  return [
    shown('R3', 'answers 200', count(is(200))),
    shown('R3', 'answers 429', count(is(429))),
    shown('R3', 'no answer: the process was killed', count(is(NO_ANSWER))),
    none('R3', 'answers 5xx', count(isServerError)),
    none('R3', 'other answers', count(isOdd)),
    none('R3', 'answers 429 without Retry-After', sender.withoutRetryAfter()),
    atMost('R3', 'slowest 429', slowest(429), 2),
    atMost('R3', 'slowest 200', slowest(200), 2),
  ]
}

const isServerError = (status: number): boolean => status >= 500
const isOdd = (status: number): boolean => ![NO_ANSWER, 200, 429].includes(status) && status < 500
