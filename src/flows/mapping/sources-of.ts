import type { MappingSource } from '../../connectors/flow-definition.ts'
import { parseTemplate } from './parse-template.ts'

/** Keys of the fields that a row reads, each once. A template that cannot be read reads none. */
export function sourcesOf({ source }: { source: MappingSource }): string[] {
  switch (source.kind) {
    case 'field':
      return [source.field]
    case 'fields':
      return [...new Set(source.fields)]
    case 'constant':
      return []
    case 'template':
      return fieldsOfTemplate(source.template)
  }
}

function fieldsOfTemplate(text: string): string[] {
  const parsed = parseTemplate(text)
  return 'problem' in parsed ? [] : parsed.fields
}
