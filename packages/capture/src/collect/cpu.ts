import { CPU_FLAGS, type CpuFacts } from '../format'

/** What /proc/cpuinfo says about the mapping of memory; undefined where it says nothing. */
export function cpuFacts(cpuinfo: string): CpuFacts | undefined {
  const flagsLine = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]
  const mmu = /^(?:MMU|mmu)\s*:\s*(\S+)/m.exec(cpuinfo)?.[1]
  if (flagsLine === undefined && mmu === undefined) return undefined
  const present = new Set(flagsLine?.split(' '))
  const flags = CPU_FLAGS.filter((flag) => present.has(flag))
  return { flags, ...(mmu === undefined ? {} : { mmu }) }
}
