import type { Plugins } from '@memhp/core'
import {
  directMapOf,
  extendCmdline,
  formatKernelBool,
  type KernelParameter,
  lastGiven,
  parameterFile,
  parseCmdline,
  parseKernelBool,
  parseMeminfo,
} from '@memhp/kernel-files'
import type { HostFacts } from './host-facts'

/** Parameters of memory hot-plug with their defaults, as their files show them. */
const DEFAULTS: Readonly<Record<string, string>> = {
  memmap_on_memory: 'N',
  online_policy: 'contig-zones',
  auto_movable_ratio: '301',
  auto_movable_numa_aware: 'Y',
}

/** Parameters of yes and no. The first also takes `force`, since Linux 6.6. */
const BOOLEANS: readonly string[] = ['memmap_on_memory', 'auto_movable_numa_aware']

/** A value on the command line as the parameter's file shows it. */
function asShown(parameter: string, value: string | null): string {
  const truth = BOOLEANS.includes(parameter) ? parseKernelBool(value ?? '1') : undefined
  return truth === undefined || value === 'force' ? (value ?? '') : formatKernelBool(truth)
}

/** The command line, with the parameters of memory hot-plug that were set after boot. */
export function describeCmdline(facts: HostFacts): string | undefined {
  const cmdline = facts.text('/proc/cmdline')
  const given = parseCmdline(cmdline ?? '')
  const added: KernelParameter[] = []
  for (const [parameter, byDefault] of Object.entries(DEFAULTS)) {
    const value = facts.text(parameterFile(parameter))
    if (value === undefined) continue
    const name = `memory_hotplug.${parameter}`
    const booted = lastGiven(given, name)
    if (
      asShown(parameter, booted === undefined ? byDefault : booted.value) ===
      asShown(parameter, value)
    )
      continue
    added.push({ name, value })
    facts.assume(`${name} was set after boot: the twin boots with it.`)
  }
  if (cmdline === undefined && added.length === 0) return undefined
  return extendCmdline(cmdline ?? '', added)
}

/** Bytes of the kernel's direct map by leaf size in bytes; undefined where /proc/meminfo does not count them. */
export function describeDirectMap(facts: HostFacts): Record<string, number> | undefined {
  const leaves = directMapOf(parseMeminfo(facts.text('/proc/meminfo') ?? ''))
  return leaves.size === 0 ? undefined : Object.fromEntries(leaves)
}

/** Options of the arch plugin that processor and kernel decide; undefined where nothing is known. */
export function describeArchOptions(
  facts: HostFacts,
  { archs }: Pick<Plugins, 'archs'>,
): Readonly<Record<string, unknown>> | undefined {
  const { arch, cpu } = facts.capture
  if (cpu === undefined) {
    facts.assume('Nothing is known of the processor: the defaults of the architecture hold.')
  }
  return archs
    .find(({ name }) => name === arch)
    ?.describe?.({
      blockBytes: facts.blockBytes,
      pageBytes: facts.pageBytes,
      cpu,
      parameters: parseCmdline(facts.text('/proc/cmdline') ?? ''),
      directMap: directMapOf(parseMeminfo(facts.text('/proc/meminfo') ?? '')),
      text: facts.text,
    })
}
