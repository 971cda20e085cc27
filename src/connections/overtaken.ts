/** Work that was begun with a connection as it no longer is. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
  readonly by: 'removed' | 'renewed' | 'withdrawn'

  constructor(by: Overtaken['by']) {
    super(SENTENCES[by])
    this.by = by
  }
}

const SENTENCES: Record<Overtaken['by'], string> = {
  removed: 'The connection was removed meanwhile.',
  renewed: 'The connection got new credentials meanwhile.',
  withdrawn: 'The key of the connection was erased meanwhile.',
}
