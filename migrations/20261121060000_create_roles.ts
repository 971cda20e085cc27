/**
 * Two roles that row-level security binds. `causeway_tenant` sees the rows of the tenant set on the transaction;
 * `causeway_system` sees all of them and is used by name only. Neither can log in: the login role takes them on.
 * Roles belong to the whole cluster, so another database may have made them already, or be making them now.
 */
export const up = `
do $$
declare
  role_name text;
begin
  foreach role_name in array array['causeway_tenant', 'causeway_system'] loop
    begin
      execute format('create role %I nologin', role_name);
    exception when duplicate_object or unique_violation then null;
    end;
    begin
      execute format('grant %I to current_user', role_name);
    exception when unique_violation then null;
    end;
  end loop;
end $$;

create function current_tenant() returns uuid language sql stable parallel safe
  return nullif(current_setting('causeway.tenant_id', true), '')::uuid;

-- Gives a table its two policies and the grants named. Called once for each tenant-owned table.
create procedure guard_tenant_table(table_name text, privileges text) language plpgsql as $$
begin
  execute format('alter table %I enable row level security', table_name);
  execute format('alter table %I force row level security', table_name);
  execute format('create policy own_rows on %I to causeway_tenant using (tenant_id = current_tenant())', table_name);
  execute format('create policy all_rows on %I to causeway_system using (true)', table_name);
  execute format('grant %s on %I to causeway_tenant, causeway_system', privileges, table_name);
end $$;
`
