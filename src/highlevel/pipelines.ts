import { z } from 'zod'
import type { Field } from '../lib/field.ts'
import { namedOptions } from '../lib/named-options.ts'
import type { HighLevelApi } from './api.ts'
import { readAnswer } from './read-answer.ts'

/** Stages are in the order in which the platform lists them. */
export type Pipeline = { id: string; name: string; stages: { id: string; name: string }[] }

const named = z.object({ id: z.string().min(1), name: z.string().nullish().catch(null) })

/** The documents declare the stages lists of nothing in particular; each has an id and a name, as clients of many show. */
const pipelinesAnswer = z.object({ pipelines: z.array(named.extend({ stages: z.array(named).nullish() })) })

/** HighLevel docs: Get Pipelines. There are no pages. */
export async function listPipelines(api: HighLevelApi, locationId: string): Promise<Pipeline[]> {
  const call = {
    method: 'GET',
    path: '/opportunities/pipelines',
    version: '2021-07-28',
    query: { locationId },
  } as const
  const { pipelines } = readAnswer(pipelinesAnswer, await api({ ...call, scope: 'opportunities.readonly' }))
  return pipelines.map(({ id, name, stages }) => ({ id, name: name ?? '', stages: (stages ?? []).map(withName) }))
}

const withName = ({ id, name }: z.infer<typeof named>): { id: string; name: string } => ({ id, name: name ?? '' })

/** The fields `pipelineId` and `pipelineStageId` with the location's to choose from. */
export const withPipelines = (fields: readonly Field[], pipelines: readonly Pipeline[]): Field[] =>
  fields.map((field) => {
    if (field.key === 'pipelineId') return { ...field, ...namedOptions(pipelines) }
    return field.key === 'pipelineStageId' ? { ...field, ...namedOptions(stagesOf(pipelines)) } : field
  })

const stagesOf = (pipelines: readonly Pipeline[]): { id: string; name: string }[] =>
  pipelines.flatMap(({ name, stages }) => stages.map((stage) => ({ id: stage.id, name: `${name}: ${stage.name}` })))
