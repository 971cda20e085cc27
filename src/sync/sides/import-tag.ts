/**
 * A contact that a backfill made or wrote has it, so that automations can leave it alone. It is ours: no side is told of it as
 * a label.
 */
export const IMPORT_TAG = 'causeway-import'
