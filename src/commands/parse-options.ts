import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { OperatorError } from '../lib/operator-error.ts'

/** What stands after a command's name: words, and `--options`. One that is not known, or lacks its value, is told of. */
export function parseOptions<Options extends ParseArgsOptionsConfig>(args: string[], options: Options) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new OperatorError(error instanceof Error ? error.message : 'The options cannot be read.')
  }
}
