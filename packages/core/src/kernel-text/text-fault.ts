/** A text that is not as the kernel writes it. `line` counts from 1. */
export class TextFault extends Error {
  override readonly name = 'TextFault'
  readonly line: number

  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}
