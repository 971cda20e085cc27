import { composePatient } from '../compose/operator.ts'
import { CHECKS } from '../doctor/checks.ts'
import { examine, type Result } from '../doctor/examine.ts'
import { fail } from '../doctor/finding.ts'
import { hasFailed, printResults } from '../doctor/print-results.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { isForOperator, readProcessConfig } from '../process-config.ts'
import type { Command } from './command.ts'

const OPTIONS = ['--json', '--offline']

export const doctor: Command = {
  parameters: '[--json] [--offline]',
  summary: 'look for what may be wrong and say what to do; exits 1 when something must be mended',
  run: async (args) => {
    const unknown = args.find((arg) => !OPTIONS.includes(arg))
    if (unknown !== undefined) throw new OperatorError(`doctor knows ${OPTIONS.join(' and ')} only.`)
    const results = await examineProcess(args.includes('--offline'))
    process.stdout.write(args.includes('--json') ? asJson(results) : printResults(results))
    if (hasFailed(results)) process.exitCode = 1
  },
}

/** Without a configuration there is nothing else to look at. */
async function examineProcess(offline: boolean): Promise<Result[]> {
  const found = await readProcessConfig().catch((error: unknown) => {
    if (!isForOperator(error)) throw error
    return fail(error.message, 'Correct this setting; .env.example says what each of them is.')
  })
  if ('level' in found) return [{ check: 'configuration', ...found }]
  const patient = await composePatient({ ...found, offline })
  return examine(patient, CHECKS).finally(patient.database.close)
}

const asJson = (findings: readonly Result[]): string =>
  `${JSON.stringify({ ok: !hasFailed(findings), findings }, null, 2)}\n`
