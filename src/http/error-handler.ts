import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import { AppError, ERRORS, type ErrorCode, isAppError } from '../lib/errors.ts'
import type { Logger } from '../lib/logger.ts'

/** What people and programs see of an error: a code, a sentence, and the reference under which the log has the rest. */
export type ErrorView = { code: ErrorCode; message: string; reference: string; fields?: Record<string, string> }

export const notFound: RequestHandler = () => {
  throw new AppError('not_found')
}

/** The one place where an error becomes a response: a page for people, JSON for programs. */
export const errorHandler =
  (log: Logger): ErrorRequestHandler =>
  (error, request, response, next) => {
    const appError = asAppError(error, request)
    const { status } = ERRORS[appError.code]
    const reference = String(response.locals.requestId)
    if (status >= 500) log.error({ error, requestId: reference }, 'a request failed')
    else log.debug({ error, requestId: reference, code: appError.code }, 'a request was refused')
    if (response.headersSent) return next(error)
    const view: ErrorView = {
      code: appError.code,
      message: appError.detail ?? ERRORS[appError.code].sentence,
      reference,
      ...(appError.fields && { fields: appError.fields }),
    }
    if (appError.code === 'too_large' || isStillSending(request)) response.setHeader('connection', 'close') // unread
    response.status(status)
    if (request.accepts(['json', 'html']) === 'html') response.render('error', { error: view })
    else response.json({ error: view })
  }

/** Express and its parsers mark what the caller did wrong with a status. */
function asAppError(error: unknown, request: Request): AppError {
  if (isAppError(error)) return error
  if (isGone(request)) return new AppError('bad_request', { cause: error }) // nobody reads the answer
  const status = error instanceof Error && 'status' in error ? error.status : undefined
  if (status === 413) return new AppError('too_large', { cause: error })
  if (status === 415) return new AppError('encoding_not_supported', { cause: error })
  if (typeof status === 'number' && status >= 400 && status < 500) return new AppError('bad_request', { cause: error })
  return new AppError('internal', { cause: error })
}

/** Refused before its body was read to the end. */
const isStillSending = (request: Request): boolean => hasBody(request) && !request.complete

const hasBody = ({ headers }: Request): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

const isGone = (request: Request): boolean => request.destroyed && !request.complete
