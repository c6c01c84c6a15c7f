/** What carrying out an input came to. */
export interface Verdict {
  /** What is wrong; absent where nothing is. */
  readonly problem?: string
  /** Exit codes of commands, or how the operations of a machine ended: what tells whether inputs reach anything. */
  readonly codes: readonly string[]
}
