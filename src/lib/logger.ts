import { type DestinationStream, pino } from 'pino'
import { isTrouble } from './trouble.ts'

type Log = (fields: object, message: string) => void

export type Logger = { debug: Log; info: Log; warn: Log; error: Log; child(bindings: object): Logger }

/** JSON lines. Callers log ids and counts; errors are reduced to what cannot hold a secret or a personal value. */
export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: describeError },
  }
  return options.destination ? pino(settings, options.destination) : pino(settings)
}

/**
 * Name, code and stack, and the chain of causes. A database error's `detail` quotes values of the row, and a message can
 * quote input, so messages are kept only of errors we write ourselves.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const ours = isTrouble(error) || error.name === 'AppError'
  return {
    name: error.name,
    ...(code && { code }),
    ...(ours && { message: error.message }),
    ...(isTrouble(error) && { status: error.status }),
    ...('traceId' in error && typeof error.traceId === 'string' && { traceId: error.traceId }),
    stack: framesOf(error),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}

/** The stack begins with the message, whose own lines may look like frames. */
const framesOf = (error: Error): string[] =>
  (error.stack ?? '')
    .replace(error.message, '')
    .split('\n')
    .filter((line) => /^ {4}at \S/.test(line))
    .slice(0, 12)
    .map((line) => line.trim())
