import type { FlowDefinition, FlowStep, MappingRow } from '../connectors/flow-definition.ts'
import { canonicalJson } from '../lib/canonical-json.ts'

/** One thing that differs between two versions of a flow. */
export type Difference = {
  change: 'added' | 'removed' | 'changed'
  /** The step's id and the row's target, where it is about one. */
  step: string | null
  target: string | null
  /** As it was and as it is: a part of the definition, a step without its rows and branches, or a row; null where there is none. */
  before: unknown
  after: unknown
  /** For the owner. */
  sentence: string
}

/**
 * What one version does otherwise than the one before it, in the order of the flow. `nameOf` gives what the owner calls a
 * target of a step.
 */
export function diffDefinitions(
  before: FlowDefinition,
  after: FlowDefinition,
  nameOf: (step: string, target: string) => string = (_, target) => target,
): Difference[] {
  const [old, now] = [stepsById(before), stepsById(after)]
  const ids = [...new Set([...old.keys(), ...now.keys()])]
  return [
    ...PARTS.flatMap(({ part, sentence }) => ofPart(before[part], after[part], sentence)),
    ...ids.flatMap((id) => ofStep(id, old.get(id), now.get(id), nameOf)),
  ]
}

const PARTS = [
  { part: 'trigger', sentence: 'The flow is started by something else.' },
  { part: 'options', sentence: 'The settings of the trigger were changed.' },
  { part: 'conditions', sentence: 'The conditions were changed.' },
  { part: 'onDelete', sentence: 'What a deletion does was changed.' },
] as const

const differ = (one: unknown, other: unknown): boolean => canonicalJson(one ?? null) !== canonicalJson(other ?? null)

const ofPart = (before: unknown, after: unknown, sentence: string): Difference[] =>
  differ(before, after) ? [{ change: 'changed', step: null, target: null, before, after, sentence }] : []

/** Where a step stands is part of it: the same step elsewhere is done at another time. */
type PlacedStep = { place: string; rows: readonly MappingRow[]; self: object }

function stepsById({ enter, leave }: FlowDefinition): Map<string, PlacedStep> {
  return new Map([...placed(enter, 'enter'), ...placed(leave, 'leave')])
}

const placed = (steps: readonly FlowStep[], list: string): [string, PlacedStep][] =>
  steps.flatMap(({ rows, branches, ...self }, index) => [
    [self.id, { place: `${list}/${steps[index - 1]?.id ?? ''}`, rows, self }],
    ...branches.flatMap((branch) => placed(branch.steps, `${self.id} ${branch.on}`)),
  ])

type NameOf = (step: string, target: string) => string

function ofStep(id: string, old: PlacedStep | undefined, now: PlacedStep | undefined, nameOf: NameOf): Difference[] {
  const about = { step: id, target: null, before: old?.self ?? null, after: now?.self ?? null }
  if (!now) return [{ ...about, change: 'removed', sentence: `The step “${id}” was removed.` }]
  const rows = ofRows(id, old?.rows ?? [], now.rows, nameOf)
  if (!old) return [{ ...about, change: 'added', sentence: `The step “${id}” was added.` }, ...rows]
  const changes: [boolean, string][] = [
    [differ(old.self, now.self), `The step “${id}” was changed.`],
    [old.place !== now.place, `The step “${id}” was moved.`],
  ]
  const found = changes.flatMap(([is, sentence]): Difference[] =>
    is ? [{ ...about, change: 'changed', sentence }] : [],
  )
  return [...found, ...rows]
}

function ofRows(step: string, old: readonly MappingRow[], now: readonly MappingRow[], nameOf: NameOf): Difference[] {
  const [before, after] = [byTarget(old), byTarget(now)]
  const targets = [...new Set([...after.keys(), ...before.keys()])]
  return targets.flatMap((target): Difference[] => {
    const [one, other] = [before.get(target) ?? null, after.get(target) ?? null]
    if (!differ(one, other)) return []
    const about = { step, target, before: one, after: other }
    const name = nameOf(step, target)
    if (!one) return [{ ...about, change: 'added', sentence: `“${name}” is set now.` }]
    if (!other) return [{ ...about, change: 'removed', sentence: `“${name}” is not set any more.` }]
    return [{ ...about, change: 'changed', sentence: `“${name}” is set otherwise: ${partsOf(one, other).join(', ')}.` }]
  })
}

const byTarget = (rows: readonly MappingRow[]): Map<string, MappingRow> => new Map(rows.map((row) => [row.target, row]))

const ROW_PARTS = [
  ['source', 'from another source'],
  ['transforms', 'with other steps'],
  ['whenBlank', 'another rule for what is empty'],
  ['policy', 'another rule for conflicts'],
] as const

const partsOf = (before: MappingRow, after: MappingRow): string[] =>
  ROW_PARTS.flatMap(([part, words]) => (differ(before[part], after[part]) ? [words] : []))
