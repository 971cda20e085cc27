import type { Check } from './check.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

export const checkPlatform: Check = {
  name: 'platform',
  readsTables: false,
  run: async ({ settings, askPlatform }) => {
    const { host, protocol } = new URL(settings.highLevel.apiUrl)
    if (!askPlatform) return [ok(`${host} was not asked.`)]
    const answer = await askPlatform().catch(() => null)
    if (!answer) {
      return [
        fail(
          `${host} cannot be reached.`,
          `Let this machine make connections to ${host}, and see that HIGHLEVEL_API_URL is right.`,
        ),
      ]
    }
    return [judge(host, answer.status, answer.tookMs), ...unencrypted(protocol, settings.sandbox)]
  },
}

/** Whoever brings no token is turned away: that is how we know that it is the API that answers. */
const judge = (host: string, status: number, tookMs: number): Finding =>
  status === 401
    ? ok(`${host} answers as it should, in ${Math.round(tookMs)} ms.`)
    : warn(`${host} answers ${status} where it should answer 401.`, 'Compare HIGHLEVEL_API_URL with .env.example.')

const unencrypted = (protocol: string, sandbox: boolean): Finding[] =>
  protocol === 'https:' || sandbox
    ? []
    : [warn('It is reached without encryption.', 'Give HIGHLEVEL_API_URL an address that begins with https://.')]
