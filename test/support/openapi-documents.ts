import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'

const root = resolve(import.meta.dirname, '../..')
const folder = resolve(root, process.env.HIGHLEVEL_SPECS ?? '../shared/specs/highlevel')

/** HighLevel's OpenAPI documents are not part of the project: where they are absent, what needs them is skipped. */
export const openApiAvailable = existsSync(join(folder, 'apps'))

export type Json = Record<string, unknown>
type Schema = Json

export type Operation = {
  method: string
  path: string
  parameters: { name: string; in: string; required?: boolean; schema?: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  /** Scopes, by the kind of token. */
  security?: Record<string, string[]>[]
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

export const ajv = new Ajv({ strict: false, allErrors: true })
addFormats.default(ajv)

/** Where the documents are wrong, as the platform's own answers and its users show. Each line is one such place. */
const CORRECTIONS: Record<string, (schemas: Record<string, Schema>) => void> = {
  'contacts.json': (schemas) => {
    // A number or an amount is declared an object.
    for (const name of ['NumericField', 'MonetoryField'])
      property(schemas[name], 'field_value').type = ['string', 'number']
    // "id or key", says the text; the list of required fields knows only the id.
    for (const name of Object.keys(schemas).filter((one) => one.endsWith('Field'))) delete schemas[name]?.required
    // A date of birth is a text, declared an object.
    for (const name of ['CreateContactDto', 'UpdateContactDto', 'UpsertContactDto']) {
      property(schemas[name], 'dateOfBirth').type = ['string', 'null']
    }
    // Choices of a list and files are read back as they were written, not as a text.
    property(schemas.CustomFieldSchema, 'value').type = ['string', 'array', 'object']
  },
  'locations.json': (schemas) => {
    // Tasks that were found are declared lists of nothing in particular.
    property(schemas.LocationTaskListSuccessfulResponseDto, 'tasks').items = { type: 'object' }
  },
  'opportunities.json': (schemas) => {
    // Stages are declared lists of nothing in particular.
    property(schemas.PipelinesResponseSchema, 'stages').items = { type: 'object' }
  },
  'calendars.json': (schemas) => {
    // Times are texts, as the examples beside them show, and declared objects.
    for (const name of ['startTime', 'endTime', 'dateAdded', 'dateUpdated'])
      property(schemas.CalendarEventDTO, name).type = 'string'
    // Beside the days there is the traceId, as in every answer.
    if (schemas.SlotsSchema) schemas.SlotsSchema.type = ['object', 'string']
  },
}

/** Statuses that were seen although the documents name another one. */
export const SEEN_INSTEAD: Record<string, Record<number, number>> = {
  'POST /oauth/locationToken': { 201: 200 },
}

/** Answered by any endpoint, described by none. */
export const UNDESCRIBED = [403, 404, 429, 500, 501, 502, 503]

/** Documented for forms, shown with JSON on the pages, and taken in both. */
export const JSON_TOO = ['POST /oauth/token', 'POST /oauth/locationToken']

const property = (schema: Schema | undefined, name: string): Schema =>
  ((schema?.properties ?? {}) as Record<string, Schema>)[name] ?? {}

export function loadOperations(): Operation[] {
  load('common/common-schemas.json')
  const files = readdirSync(join(folder, 'apps')).filter((name) => name.endsWith('.json'))
  return files.flatMap((name) => operationsOf(load(`apps/${name}`)))
}

function load(name: string): Json {
  const document = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Json
  const { schemas = {} } = (document.components ?? {}) as { schemas?: Record<string, Schema> }
  CORRECTIONS[basename(name)]?.(schemas)
  const resolved = withAbsoluteRefs(document, addressOf(name)) as Json
  ajv.addSchema(resolved, addressOf(name))
  return resolved
}

const addressOf = (name: string): string => `https://specs.example/${name}`

/** OpenAPI 3.0 to JSON Schema: references say where they lead from anywhere, `nullable` becomes a type. */
function withAbsoluteRefs(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((one) => withAbsoluteRefs(one, base))
  if (typeof value !== 'object' || value === null) return value
  const copy: Json = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withAbsoluteRefs(one, base)]))
  if (typeof copy.$ref === 'string') copy.$ref = new URL(copy.$ref, base).href
  if (copy.nullable === true && typeof copy.type === 'string') copy.type = [copy.type, 'null']
  delete copy.nullable
  return copy
}

function operationsOf(document: Json): Operation[] {
  const paths = Object.entries(document.paths as Record<string, Record<string, Operation>>)
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      ...operation,
      parameters: operation.parameters ?? [],
      method: method.toUpperCase(),
      path,
    })),
  )
}
