/** Trouble that only an operator can mend. The message is a sentence for them, without secrets, and ends the process. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
}
