/**
 * The console's first view: what was given up or waits, of all tenants, newest first; and its counts. A delivery that is
 * stored, or done, does not touch it.
 */
export const up = `create index deliveries_newest_held on deliveries (id desc) where state in ('parked', 'dead');`
