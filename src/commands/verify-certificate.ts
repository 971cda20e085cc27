import { readFile } from 'node:fs/promises'
import { verifyCertificate as verify } from '../leaving/deletion-certificate.ts'
import { OperatorError } from '../lib/operator-error.ts'
import { processConfig } from '../process-config.ts'
import type { Command } from './command.ts'

export const verifyCertificate: Command = {
  parameters: 'FILE',
  summary: 'check a deletion certificate and print what it says; exits 1 when it is not genuine',
  run: async ([file = '']) => {
    const { config } = await processConfig()
    const verdict = await verify(config.encryptionKeys, (await readFile(file, 'utf8')).trim())
    if (!verdict.isGenuine) throw new OperatorError(FAULTS[verdict.reason])
    process.stdout.write(`Genuine, by the master key "${verdict.kid}".\n${JSON.stringify(verdict.claims, null, 2)}\n`)
  },
}

const FAULTS = {
  unreadable: 'This is not a deletion certificate.',
  unknown_key: 'It was signed by no master key of ENCRYPTION_KEYS.',
  changed: 'The signature does not match: it was changed, or is not ours.',
}
