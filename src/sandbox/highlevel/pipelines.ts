import { stableId } from './ids.ts'

export type Pipeline = { id: string; name: string; stages: { id: string; name: string; position: number }[] }

const SEEDED: [name: string, stages: string[]][] = [
  ['Sales', ['New lead', 'Contacted', 'Offer sent', 'Agreed']],
  ['Renewals', ['Due', 'Asked', 'Renewed']],
]

/** Every location has the same two, under ids of its own. */
export const pipelinesOf = (locationId: string): Pipeline[] =>
  SEEDED.map(([name, stages]) => ({
    id: stableId(`${locationId} pipeline ${name}`),
    name,
    stages: stages.map((stage, position) => ({
      id: stableId(`${locationId} pipeline ${name} stage ${stage}`),
      name: stage,
      position,
    })),
  }))
