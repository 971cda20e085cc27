import {
  ajv,
  JSON_TOO,
  type Json,
  loadOperations,
  type Operation,
  openApiAvailable,
  SEEN_INSTEAD,
  UNDESCRIBED,
} from './openapi-documents.ts'

export { openApiAvailable } from './openapi-documents.ts'

export type SpokenRequest = {
  method: string
  /** Without the query. */
  path: string
  headers: Record<string, string | string[] | undefined>
  query: Record<string, unknown>
  body: unknown
}

/** What in a request HighLevel's documents do not allow. An empty list: it may be sent. */
export function checkRequest(request: SpokenRequest): string[] {
  const operation = findOperation(request.method, request.path)
  if (operation === undefined) return [`${request.method} ${request.path} is not documented`]
  return [
    ...headerProblems(operation, request),
    ...queryProblems(operation, request),
    ...bodyProblems(operation, request),
  ]
}

/** What in an answer differs from HighLevel's documents. */
export function checkResponse(answer: { method: string; path: string; status: number; body: unknown }): string[] {
  const operation = findOperation(answer.method, answer.path)
  if (operation === undefined) return answer.status === 404 ? [] : [`${answer.method} ${answer.path} is not documented`]
  const status = SEEN_INSTEAD[nameOf(operation)]?.[answer.status] ?? answer.status
  const described = operation.responses[String(status)]
  if (described === undefined)
    return UNDESCRIBED.includes(status) || status === 401 ? [] : [`${status} is not documented`]
  const schema = described.content?.['application/json']?.schema
  return schema === undefined ? [] : violations(schema, answer.body)
}

/** A call and its answer, where one was given that could be looked at. */
export type Spoken = SpokenRequest & { status: number | null; answer?: unknown }

/** Whatever a test was about: all that was said to HighLevel and by it keeps to HighLevel's documents. */
export function refuseViolations(calls: readonly Spoken[]): void {
  if (!openApiAvailable) return
  const violations = calls.flatMap((spoken) => [
    ...checkRequest(spoken),
    ...(spoken.status === null || spoken.answer === undefined
      ? []
      : checkResponse({ ...spoken, status: spoken.status, body: spoken.answer })),
  ])
  if (violations.length > 0) throw new Error(`Against HighLevel's documents: ${[...new Set(violations)].join('; ')}`)
}

/** What a token has to have been granted for the call; undefined where no document has the call. */
export function scopesOf(method: string, path: string): string[] | undefined {
  const security = findOperation(method, path)?.security
  return security && [...new Set(security.flatMap((one) => Object.values(one).flat()))]
}

let operations: Operation[] | undefined

function findOperation(method: string, path: string): Operation | undefined {
  operations ??= loadOperations()
  const matching = operations.filter((one) => one.method === method && patternOf(one.path).test(path))
  // A path that names itself wins over one with a variable: /contacts/search is no contact.
  return matching.toSorted((a, b) => variablesIn(a.path) - variablesIn(b.path))[0]
}

const patternOf = (path: string): RegExp => new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`)
const variablesIn = (path: string): number => path.split('{').length
const nameOf = (operation: Operation): string => `${operation.method} ${operation.path}`

function headerProblems(operation: Operation, { headers }: SpokenRequest): string[] {
  return operation.parameters
    .filter((one) => one.in === 'header')
    .flatMap(({ name, required, schema }) => {
      const value = headers[name.toLowerCase()] ?? headers[name]
      if (value === undefined) return required ? [`header ${name} is missing`] : []
      return violations(schema ?? {}, value).map((problem) => `header ${name}: ${problem}`)
    })
}

function queryProblems(operation: Operation, { query }: SpokenRequest): string[] {
  const known = operation.parameters.filter((one) => one.in === 'query')
  const missing = known.filter(({ name, required }) => required && query[name] === undefined)
  const unknown = Object.keys(query).filter((name) => !known.some((one) => one.name === name))
  const wrong = known.flatMap(({ name, schema = {} }) =>
    query[name] === undefined
      ? []
      : violations(schema, fromText(query[name], schema)).map((one) => `query ${name}: ${one}`),
  )
  return [
    ...missing.map(({ name }) => `query ${name} is missing`),
    ...unknown.map((name) => `query ${name} is not documented`),
    ...wrong,
  ]
}

/** In an address everything is text. */
function fromText(value: unknown, { type }: Json): unknown {
  if (type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true'
  return type === 'number' && value !== '' ? Number(value) : value
}

function bodyProblems(operation: Operation, { headers, body }: SpokenRequest): string[] {
  if (operation.requestBody === undefined) return []
  const { content } = operation.requestBody
  const type = String(headers['content-type'] ?? '').split(';')[0] ?? ''
  const mayBeJson = type === 'application/json' && JSON_TOO.includes(nameOf(operation))
  const schema = (content[type] ?? (mayBeJson ? Object.values(content)[0] : undefined))?.schema
  if (schema === undefined) return [`a body of type "${type}" is not documented`]
  return [...violations(schema, body), ...unknownProperties(schema, body)]
}

/** The platform refuses properties it does not know, though the documents do not say so. */
function unknownProperties(schema: Json, body: unknown): string[] {
  const resolved = typeof schema.$ref === 'string' ? ajv.getSchema(schema.$ref)?.schema : schema
  const known = Object.keys(((resolved as Json | undefined)?.properties ?? {}) as Json)
  if (known.length === 0 || typeof body !== 'object' || body === null) return []
  return Object.keys(body).flatMap((name) => (known.includes(name) ? [] : [`property ${name} is not documented`]))
}

function violations(schema: Json, value: unknown): string[] {
  const validate = ajv.compile(schema)
  if (validate(value)) return []
  return (validate.errors ?? []).map((error) => `${error.instancePath || 'body'} ${error.message ?? 'is wrong'}`)
}
