/** Work that was begun with a connection as it no longer is. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
  readonly by: 'removed' | 'renewed'

  constructor(by: 'removed' | 'renewed') {
    super(`The connection was ${by} meanwhile.`)
    this.by = by
  }
}
