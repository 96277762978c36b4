/** The program cannot run as things are. The message is one sentence for the operator: what was expected, found, and what to do. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart'
}
