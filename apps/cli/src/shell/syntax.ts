/** A piece of a word. Quoted pieces are neither split at blanks nor matched against names. */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'variable'; readonly name: string; readonly quoted: boolean }
  | { readonly kind: 'command'; readonly list: CommandList; readonly quoted: boolean }

/** One argument as it was typed. */
export type Word = readonly WordPart[]

/** Where a command reads from or writes to instead. */
export type Redirect =
  | { readonly kind: 'write'; readonly fd: 1 | 2; readonly target: Word }
  | { readonly kind: 'read'; readonly target: Word }
  | { readonly kind: 'duplicate'; readonly fd: 1 | 2; readonly from: 1 | 2 }

export interface Assignment {
  readonly name: string
  readonly value: Word
}

export interface SimpleCommand {
  readonly kind: 'simple'
  readonly assignments: readonly Assignment[]
  readonly words: readonly Word[]
  readonly redirects: readonly Redirect[]
}

export interface ForLoop {
  readonly kind: 'for'
  readonly name: string
  readonly words: readonly Word[]
  readonly body: CommandList
}

/** `if`, each `elif`, then `else`. */
export interface Conditional {
  readonly kind: 'if'
  readonly branches: readonly { readonly test: CommandList; readonly body: CommandList }[]
  readonly otherwise: CommandList | null
}

export type Command = SimpleCommand | ForLoop | Conditional

export interface Pipeline {
  /** `!` stands before it. */
  readonly negated: boolean
  readonly commands: readonly Command[]
}

/** Pipelines joined by `&&` and `||`; the first has no operator. */
export interface AndOr {
  readonly first: Pipeline
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly pipeline: Pipeline }[]
}

/** What stands between `;` and line ends. */
export type CommandList = readonly AndOr[]

/** A script asks for more text or names than a shell on a model has room for. It ends the script, as in dash. */
export class ShellLimitError extends Error {
  override readonly name = 'ShellLimitError'
}

/** What is typed is not a command. `incomplete`: more lines could make it one. */
export class ShellSyntaxError extends Error {
  override readonly name = 'ShellSyntaxError'
  readonly incomplete: boolean

  constructor(message: string, ending: 'incomplete' | 'wrong') {
    super(message)
    this.incomplete = ending === 'incomplete'
  }
}
