import type { Difference, FlatReader, TraceStep } from '@memhp/trace'
import { saysUnremovable } from './hints'

/** Whether a key moves by itself on a live kernel, so that it is not compared. */
const isNoise = (key: string): boolean => key.endsWith('#MemFree')

/**
 * The kernel's flat view and the model's, whole, except for what moves by itself on a live kernel. A key is compared
 * when its text changed on either side; in all others the two are as they were.
 */
export class ViewComparison {
  /** The kernel's view, as recorded. */
  readonly expected: ReadonlyMap<string, string>
  /** Keys of the blocks of which the kernel's view says that they cannot go, in no particular order. */
  readonly unremovable: ReadonlySet<string>
  readonly #expected: Map<string, string>
  readonly #unremovable = new Set<string>()
  readonly #reader: FlatReader
  readonly #differing = new Set<string>()

  /** @param boot the kernel's view before the first step */
  constructor(boot: Readonly<Record<string, string>>, reader: FlatReader) {
    this.#expected = new Map(Object.entries(boot))
    this.expected = this.#expected
    this.unremovable = this.#unremovable
    for (const [key, text] of this.#expected) this.#noteRemovable(key, text)
    this.#reader = reader
  }

  /** Compares the views before the first step. @returns in what they differ */
  boot(): Difference[] {
    return this.#compare(this.expected.keys())
  }

  /** Brings what is expected up to date, and compares. @returns in what the views differ, as they are now */
  step({ set, gone }: TraceStep): Difference[] {
    for (const [key, text] of Object.entries(set)) {
      this.#expected.set(key, text)
      this.#noteRemovable(key, text)
    }
    for (const key of gone) {
      this.#expected.delete(key)
      this.#unremovable.delete(key)
    }
    return this.#compare([...Object.keys(set), ...gone])
  }

  #noteRemovable(key: string, text: string): void {
    if (saysUnremovable(key, text)) this.#unremovable.add(key)
    else this.#unremovable.delete(key)
  }

  /** @param keys whose expected texts changed */
  #compare(keys: Iterable<string>): Difference[] {
    const { view, changed } = this.#reader.read()
    for (const key of changed) this.#compareKey(key, view)
    for (const key of keys) this.#compareKey(key, view)
    return Array.from(this.#differing, (what) => ({
      what,
      real: this.#expected.get(what),
      model: view.get(what),
    }))
  }

  #compareKey(key: string, view: ReadonlyMap<string, string>): void {
    if (view.get(key) === this.#expected.get(key) || isNoise(key)) this.#differing.delete(key)
    else this.#differing.add(key)
  }
}
