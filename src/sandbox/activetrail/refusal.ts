import type { ErrorRequestHandler, RequestHandler, Response } from 'express'

/** ActiveTrail docs: error glossary. */
const glossary = {
  BadRequest: { status: 400, message: 'The request could not be processed.' },
  InvalidResource: { status: 400, message: 'The request is invalid.' },
  JSONParseError: { status: 400, message: 'The body is not well-formed JSON.' },
  APIKeyMissing: { status: 401, message: 'Authorization has been denied for this request.' },
  Forbidden: { status: 403, message: 'This token may not use this resource.' },
  UserDisabled: { status: 403, message: 'The account is deactivated.' },
  ResourceNotFound: { status: 404, message: 'The resource was not found.' },
  MethodNotAllowed: { status: 405, message: 'The requested resource does not support this method.' },
  MethodNotAllowedDoNotMail: { status: 405, message: 'The status cannot change while do-not-mail is on.' },
  ResolveMergeNeeded: { status: 409, message: 'The e-mail and the SMS number belong to different contacts.' },
  InternalServerError: { status: 500, message: 'An error has occurred.' },
} as const

export type RefusalName = keyof typeof glossary

export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  /** Messages by property, as ASP.NET reports a body that failed validation. */
  readonly properties: Record<string, string[]> | undefined

  constructor(refusal: RefusalName, properties?: Record<string, string[]>) {
    super(glossary[refusal].message)
    this.status = glossary[refusal].status
    this.properties = properties
  }
}

export const notFound: RequestHandler = () => {
  throw new Refusal('ResourceNotFound')
}

/** For the verbs a path does not know. */
export const onlyAllows =
  (...methods: string[]): RequestHandler =>
  (_request, response) => {
    response.set('allow', methods.join(', '))
    throw new Refusal('MethodNotAllowed')
  }

/** The vendor documents no error body; this is what ASP.NET Web API answers unless told otherwise. */
export const answerRefusal: ErrorRequestHandler = (error, _request, response: Response, _next) => {
  const refusal = error instanceof Refusal ? error : new Refusal('InternalServerError')
  if (refusal !== error) console.error(error)
  response.status(refusal.status).json({
    Message: refusal.message,
    ...(refusal.properties && { ModelState: refusal.properties }),
  })
}
