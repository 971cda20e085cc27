import type { FlowDefinition, FlowStep } from '../connectors/flow-definition.ts'
import { canonicalJson } from '../lib/canonical-json.ts'

/** Names of what differs between two definitions, never its values: `trigger`, `conditions`, `sync.email`, `leave`. */
export function changedParts(before: FlowDefinition, after: FlowDefinition): string[] {
  const [old, now] = [partsOf(before), partsOf(after)]
  const names = [...new Set([...old.keys(), ...now.keys()])]
  return names.filter((name) => canonicalJson(old.get(name) ?? null) !== canonicalJson(now.get(name) ?? null)).sort()
}

function partsOf({ enter, leave, ...rest }: FlowDefinition): Map<string, unknown> {
  const steps = [...enter, ...leave].flatMap(withBranches)
  return new Map<string, unknown>([
    ...Object.entries(rest),
    ['enter', enter.map(shapeOf)],
    ['leave', leave.map(shapeOf)],
    ...steps.flatMap(rowsOf),
  ])
}

export const withBranches = (step: FlowStep): FlowStep[] => [
  step,
  ...step.branches.flatMap(({ steps }) => steps.flatMap(withBranches)),
]

/** A step without its mapping. */
const shapeOf = ({ rows: _rows, branches, ...step }: FlowStep): unknown => ({
  ...step,
  branches: branches.map(({ on, steps }) => ({ on, steps: steps.map(shapeOf) })),
})

const rowsOf = ({ id, rows }: FlowStep): [string, unknown][] => rows.map((row) => [`${id}.${row.target}`, row])
