import { REFUSALS, type RefusalAnswer, unprocessable as unprocessableAnswer } from './refusals.ts'

/** An answer HighLevel refuses with: thrown anywhere, sent by the API's error handler. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly body: object

  constructor({ status, body }: RefusalAnswer) {
    super(`${status} ${JSON.stringify(body)}`)
    this.status = status
    this.body = body
  }
}

export const refusal = (name: keyof typeof REFUSALS): Refusal => new Refusal(REFUSALS[name])

export const badRequest = (message: string, meta?: object): Refusal =>
  new Refusal({ status: 400, body: { statusCode: 400, message, ...(meta && { meta }) } })

export const notFound = (message: string): Refusal => new Refusal({ status: 404, body: { statusCode: 404, message } })

export const unprocessable = (messages: string[]): Refusal => new Refusal(unprocessableAnswer(messages))

export const otherTenant = (): Refusal => refusal('otherTenant')
