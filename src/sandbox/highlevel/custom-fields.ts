import type { CustomField } from './data.ts'
import { newId } from './ids.ts'
import { badRequest, unprocessable } from './refusal.ts'
import { bool, enumeration, list, problemsOf, record, text, wholeNumber } from './rules.ts'
import type { World } from './world.ts'

type CustomFieldBody = {
  name: string
  dataType: string
  placeholder?: string
  position?: number
  model?: CustomField['model']
  fieldKey?: string
  textBoxListOptions?: { label?: string }[]
}

const DATA_TYPES = [
  'TEXT',
  'LARGE_TEXT',
  'NUMERICAL',
  'PHONE',
  'MONETORY',
  'CHECKBOX',
  'SINGLE_OPTIONS',
  'MULTIPLE_OPTIONS',
  'RADIO',
  'DATE',
  'TEXTBOX_LIST',
  'FILE_UPLOAD',
  'SIGNATURE',
]

/** The last three are accepted although no document says so. */
const RULES = {
  name: text({ required: true }),
  dataType: enumeration(DATA_TYPES),
  placeholder: text(),
  acceptedFormat: list(text()),
  isMultipleFile: bool,
  maxNumberOfFiles: wholeNumber({ min: 0, max: 1000 }),
  textBoxListOptions: list(record({ label: text(), prefillValue: text() })),
  position: wholeNumber({ min: 0, max: 1_000_000 }),
  model: enumeration(['contact', 'opportunity'], { optional: true }),
  parentId: text(),
  fieldKey: text(),
  description: text(),
}

export function parseCustomField(body: unknown): CustomFieldBody {
  const problems = problemsOf(body, RULES, 'refused')
  if (problems.length > 0) throw unprocessable(problems)
  return body as CustomFieldBody
}

export function createCustomField(world: World, locationId: string, body: CustomFieldBody): CustomField {
  const model = body.model ?? 'contact'
  const fieldKey = body.fieldKey ?? `${model}.${body.name.trim().toLowerCase().replace(/\s+/g, '_')}`
  const isTaken = world.data.customFields.some((one) => one.locationId === locationId && one.fieldKey === fieldKey)
  if (isTaken) throw badRequest(`${fieldKey} already exists`)
  const field: CustomField = {
    id: newId(),
    locationId,
    model,
    name: body.name,
    fieldKey,
    dataType: body.dataType,
    placeholder: body.placeholder ?? '',
    position: body.position ?? 0,
    picklistOptions: (body.textBoxListOptions ?? []).flatMap(({ label }) => label ?? []),
  }
  world.data.customFields.push(field)
  world.changed()
  return field
}
