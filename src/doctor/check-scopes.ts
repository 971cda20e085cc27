import { SCOPES } from '../highlevel/scopes.ts'
import type { Check } from './check.ts'
import { linkFaultsOf } from './check-install-link.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** What the app needs beside what the install link asks for. Which account granted what is told with the installations. */
export const checkScopes: Check = {
  name: 'scopes',
  readsTables: false,
  run: async ({ settings }) => {
    const faults = linkFaultsOf(settings).flatMap((fault) => ('scopes' in fault ? [finding(fault)] : []))
    return [ok(`The app needs ${SCOPES.join(', ')}.`), ...faults]
  },
}

type ScopeFault = { kind: 'scopes_missing' | 'scopes_unknown' | 'scopes_unused'; scopes: string[] }

function finding({ kind, scopes }: ScopeFault): Finding {
  const names = scopes.join(', ')
  switch (kind) {
    case 'scopes_missing':
      return fail(
        `The install link does not ask for ${names}: what needs it stays switched off.`,
        `Add ${names} to the app in the developer portal, and copy its install link anew into HIGHLEVEL_INSTALL_URL.`,
      )
    case 'scopes_unknown':
      return warn(
        `The install link asks for ${names}, which this version does not know.`,
        'Compare the spelling with the scopes in the developer portal: with a wrong name nobody can install.',
      )
    case 'scopes_unused':
      return warn(
        `The install link asks for ${names}, which nothing needs.`,
        `Remove ${names} from the app in the developer portal: owners are asked for more than is used.`,
      )
  }
}
