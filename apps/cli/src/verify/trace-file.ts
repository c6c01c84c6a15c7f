import { gzipSync } from 'node:zlib'
import type { Trace } from '@memhp/trace'
import { writeFileOf } from '../file-problem'

/** The file that a walk is written to, as a trace that `memhp replay` takes. */
export class TraceFile {
  readonly path: string
  readonly #name: string
  #replace: boolean

  /** @param name what the trace is called */
  constructor(
    path: string,
    { name, replace }: { readonly name: string; readonly replace: boolean },
  ) {
    this.path = path
    this.#name = name
    this.#replace = replace
  }

  /** Writes a walk; a later one replaces it. @throws CliError where the file cannot be written */
  async write(trace: Trace): Promise<void> {
    const text = `${JSON.stringify({ ...trace, name: this.#name })}\n`
    const bytes = this.path.endsWith('.gz') ? gzipSync(text) : text
    await writeFileOf(this.path, bytes, { replace: this.#replace })
    this.#replace = true
  }
}
