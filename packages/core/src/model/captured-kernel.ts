import type { KernelParameter } from '@memhp/kernel-files'

/** What a captured host tells of its processor and kernel: what an architecture describes its options from. @beta */
export interface CapturedKernel {
  readonly blockBytes: number
  readonly pageBytes: number
  /** Undefined where nothing is known of the processor. */
  readonly cpu: { readonly flags: readonly string[]; readonly mmu?: string } | undefined
  /** The kernel's command line. */
  readonly parameters: readonly KernelParameter[]
  /** Bytes of the direct map by leaf size in bytes; empty where /proc/meminfo does not count them. */
  readonly directMap: ReadonlyMap<number, number>
  /** The file's text without its final newline. */
  text(path: string): string | undefined
}
