/** Flows made before: contacts to the partner, with tags as labels and consent. */
export const up = `
update mapping_versions set definition = jsonb_build_object(
  'trigger', 'highlevel.contact_changed', 'options', '{}'::jsonb, 'conditions', null, 'leave', '[]'::jsonb,
  'onDelete', jsonb_build_object('kind', 'nothing'),
  'enter', jsonb_build_array(jsonb_build_object(
    'id', 'sync', 'branches', '[]'::jsonb, 'kind', 'sync', 'object', 'contact', 'consent', true, 'creates', true,
    'labels', jsonb_build_object('kind', 'all'),
    'rows', coalesce((
      select jsonb_agg(jsonb_build_object(
        'target', one ->> 'target', 'source', jsonb_build_object('kind', 'field', 'field', one ->> 'source'),
        'transforms', '[]'::jsonb, 'whenBlank', 'keep', 'policy', 'last_writer'))
      from jsonb_array_elements(rows) as one), '[]'::jsonb))))
where definition is null;
`
