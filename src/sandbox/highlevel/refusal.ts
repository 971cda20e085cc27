/** An answer HighLevel refuses with: thrown anywhere, sent by the API's error handler. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly body: object

  constructor(status: number, body: object) {
    super(`${status} ${JSON.stringify(body)}`)
    this.status = status
    this.body = body
  }
}

export const badRequest = (message: string, meta?: object): Refusal =>
  new Refusal(400, { statusCode: 400, message, ...(meta && { meta }) })

export const unauthorized = (message: string): Refusal =>
  new Refusal(401, { statusCode: 401, message, error: 'Unauthorized' })

export const forbidden = (message: string): Refusal => new Refusal(403, { statusCode: 403, message })

/** The class-validator style of the platform: one sentence per problem. */
export const unprocessable = (messages: string[]): Refusal =>
  new Refusal(422, { statusCode: 422, message: messages, error: 'Unprocessable Entity' })

export const otherTenant = (): Refusal => forbidden('The token does not have access to this location.')
