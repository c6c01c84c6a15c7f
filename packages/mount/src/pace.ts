import { blockId, HotplugError, type Machine } from '@memhp/core'
import { blockRange, countPages, findBlock } from '@memhp/core/inspect'
import { parseKernelBool } from '@memhp/kernel-files'

/** How fast pages move out of memory that a program takes offline, by the machine's time. */
export class MigrationPace {
  readonly #machine: Machine
  #pagesPerSecond: number | null = null

  constructor(machine: Machine) {
    this.#machine = machine
  }

  /** Null: they move at once. @throws HotplugError BAD_ARGUMENT (EINVAL) for another number */
  set(pagesPerSecond: number | null): void {
    if (pagesPerSecond !== null && !(pagesPerSecond > 0 && Number.isFinite(pagesPerSecond))) {
      const text = `Pages move at a pace above 0 a second, or at once (null): ${pagesPerSecond} does not fit.`
      throw new HotplugError('BAD_ARGUMENT', 'EINVAL', text, { detail: { pagesPerSecond } })
    }
    this.#pagesPerSecond = pagesPerSecond
  }

  /** How long a write takes, in milliseconds: 0 for one that takes no memory offline. */
  durationOf(path: string, text: string): number {
    const [, digits, file] = /\/memory(\d+)\/(state|online)$/.exec(path) ?? []
    if (this.#pagesPerSecond === null || digits === undefined) return 0
    const goesOffline =
      file === 'state' ? text.trimEnd() === 'offline' : parseKernelBool(text) === false
    const id = blockId(Number(digits))
    if (!goesOffline || findBlock(this.#machine, id)?.state !== 'online') return 0
    const { lru, hugetlb } = countPages(this.#machine, blockRange(this.#machine, id))
    return Math.ceil(((lru + hugetlb) * 1000) / this.#pagesPerSecond)
  }
}
