import { directMapOf, parseMeminfo } from '@memhp/kernel-files'
import type { HostFacts } from './host-facts'

const PARAMETERS = '/sys/module/memory_hotplug/parameters/'

/** Parameters of memory hot-plug with their defaults, as their files show them. */
const DEFAULTS: Readonly<Record<string, string>> = {
  memmap_on_memory: 'N',
  online_policy: 'contig-zones',
  auto_movable_ratio: '301',
  auto_movable_numa_aware: 'Y',
}

const asShown = (text: string): string => {
  if (/^(?:[yY1]|[oO][nN]$)/.test(text)) return 'Y'
  return /^(?:[nN0]$|[oO][fF])/.test(text) ? 'N' : text
}

/** The command line, with the parameters of memory hot-plug that were set after boot. */
export function describeCmdline(facts: HostFacts): string | undefined {
  const cmdline = facts.text('/proc/cmdline')
  const words = (cmdline ?? '').split(/\s+/).filter((word) => word !== '')
  const added: string[] = []
  for (const [name, byDefault] of Object.entries(DEFAULTS)) {
    const shown = facts.text(PARAMETERS + name)
    const prefix = `memory_hotplug.${name}`
    const given = words.findLast((word) => word === prefix || word.startsWith(`${prefix}=`))
    const booted = given === prefix ? 'Y' : given?.slice(prefix.length + 1)
    const isSet = asShown(booted ?? byDefault) === asShown(shown ?? byDefault)
    if (shown === undefined || isSet) continue
    added.push(`${prefix}=${shown}`)
    facts.assume(`${prefix} was set after boot: the twin boots with it.`)
  }
  if (cmdline === undefined && added.length === 0) return undefined
  return [...words, ...added].join(' ')
}

/** Bytes of the kernel's direct map by leaf size in bytes; undefined where /proc/meminfo does not count them. */
export function describeDirectMap(facts: HostFacts): Record<string, number> | undefined {
  const leaves = directMapOf(parseMeminfo(facts.text('/proc/meminfo') ?? ''))
  return leaves.size === 0 ? undefined : Object.fromEntries(leaves)
}

/** Options of the arch plugin that the processor decides; undefined where nothing is known. */
export function describeArchOptions(facts: HostFacts): Record<string, unknown> | undefined {
  const { arch, cpu } = facts.capture
  if (cpu === undefined) {
    facts.assume('Nothing is known of the processor: the defaults of the architecture hold.')
    return undefined
  }
  const has = (flag: string): boolean => cpu.flags.includes(flag)
  if (arch === 'x86_64') {
    const words = (facts.text('/proc/cmdline') ?? '').split(/\s+/)
    return {
      levels: has('la57') ? 5 : 4,
      gbpages: has('pdpe1gb') && !words.includes('nogbpages'),
      hypervisor: has('hypervisor'),
    }
  }
  if (cpu.mmu === undefined) return undefined
  return { mmu: cpu.mmu.toLowerCase(), pageBytes: facts.pageBytes, lmbBytes: facts.blockBytes }
}
