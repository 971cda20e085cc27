/** To the tenant's role alone: row-level security then keeps a deletion away from everybody else's rows. */
export const up = `
grant delete on run_steps, runs, mapping_versions, flows, connections, deliveries to causeway_tenant;
`
