import { type Granted, listFeatures } from '../highlevel/scopes.ts'

/** Something the app does for the account, and whether the account allows it. */
export type PermissionRow = {
  key: string
  name: string
  state: { label: 'On' | 'Off'; tone: 'good' | 'bad' }
  /** What that means for the owner. */
  why: string
}

export const permissionRows = (granted: Granted): PermissionRow[] =>
  listFeatures(granted).map(({ key, name, whenOff, missing }) =>
    missing.length === 0
      ? { key, name, state: { label: 'On', tone: 'good' }, why: 'Your account allows it.' }
      : {
          key,
          name,
          state: { label: 'Off', tone: 'bad' },
          why: `Your account does not allow it at the moment. ${whenOff}`,
        },
  )
