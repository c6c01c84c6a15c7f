/** Where a text is not as the kernel writes it. */
export interface TextPlace {
  /** Which text: `zoneinfo`, `number list`. */
  readonly file: string
  /** From 1; 1 for a text of bytes. */
  readonly line: number
  /** What the kernel writes there, as a noun: `a line of zoneinfo`. */
  readonly expected: string
}

/** A text that is not as the kernel writes it. Its message is a clause without a full stop. */
export class TextFault extends Error implements TextPlace {
  override readonly name = 'TextFault'
  readonly file: string
  readonly line: number
  readonly expected: string

  constructor({ file, line, expected }: TextPlace, message: string) {
    super(message)
    this.file = file
    this.line = line
    this.expected = expected
  }
}

/** The fault of a text that reads `found` where something else is expected. */
export const unexpectedText = (place: TextPlace & { readonly found: string }): TextFault =>
  new TextFault(place, `${JSON.stringify(place.found)} is not ${place.expected}`)
