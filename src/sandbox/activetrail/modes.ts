/** Where ActiveTrail's behaviour is unknown or varies, each possibility can be switched on. */
export type Modes = {
  /** The documented first page is 1; derived sources say 0. Asked for page 0, a list from 1 refuses or gives page 1. */
  pages: 'from_1' | 'from_1_lenient' | 'from_0'
  /** What PUT and DELETE answer. */
  writeAnswers: 'empty' | 'object'
  /** What POST /contacts does with the fields of a contact it already knows. */
  knownContact: 'updates' | 'keeps'
  /** What the list of group members looks like. */
  members: 'array' | 'object'
  /** What an unknown token gets. */
  unknownToken: 401 | 403
  /** Whether webhooks go out at all. */
  webhooks: 'sent' | 'silent'
}

export const defaultModes: Modes = {
  pages: 'from_1',
  writeAnswers: 'empty',
  knownContact: 'updates',
  members: 'array',
  unknownToken: 401,
  webhooks: 'sent',
}
