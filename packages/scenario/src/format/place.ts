/** A place in a scenario file. Line and column count from 1. */
export interface SourcePlace {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** `file:line:column`, as editors and terminals understand it. */
export const formatPlace = ({ file, line, column }: SourcePlace): string =>
  `${file}:${line}:${column}`
