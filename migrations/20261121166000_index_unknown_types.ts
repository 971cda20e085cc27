/** The doctor's count of what came under names that no document knows. Other deliveries do not touch it. */
export const up = `
create index deliveries_of_unknown_type on deliveries (id desc) where state = 'ignored' and reason = 'unknown_type';`
