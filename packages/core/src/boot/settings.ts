import type { OnlineType } from '../model/block'
import { ONLINE_TYPES } from '../model/block'
import type { Settings } from '../model/state'

/** Splits a kernel command line into parameters. A later one of the same name wins; a bare word has the value ''. */
export function parseCmdline(cmdline: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const word of cmdline.trim().split(/\s+/)) {
    if (word === '') continue
    const equals = word.indexOf('=')
    if (equals === -1) parameters.set(word, '')
    else parameters.set(word.slice(0, equals), word.slice(equals + 1))
  }
  return parameters
}

const isOnlineType = (word: string): word is OnlineType =>
  ONLINE_TYPES.some((type) => type === word)

/** Truth of a module parameter: a bare name, y, 1 or on. */
const isTrue = (value: string | undefined): boolean =>
  value !== undefined && /^(|[yY1].*|[oO][nN])$/.test(value)

/** The settings that a kernel comes up with. What a command line says wrongly is ignored, as the kernel does. */
export function settingsOf(cmdline: string): Settings {
  const parameters = parseCmdline(cmdline)
  const parameter = (name: string): string | undefined => parameters.get(`memory_hotplug.${name}`)
  const state = parameters.get('memhp_default_state') ?? 'offline'
  const ratio = Number(parameter('auto_movable_ratio') ?? Number.NaN)
  const numaAware = parameter('auto_movable_numa_aware')
  return {
    autoOnline: isOnlineType(state) ? state : 'offline',
    onlinePolicy: parameter('online_policy') === 'auto-movable' ? 'auto-movable' : 'contig-zones',
    autoMovableRatio: Number.isInteger(ratio) && ratio >= 0 ? ratio : 301,
    autoMovableNumaAware: numaAware === undefined ? true : isTrue(numaAware),
    memmapOnMemory: isTrue(parameter('memmap_on_memory')),
    movableNode: parameters.has('movable_node'),
    acpiNoMemhotplug: parameters.has('acpi_no_memhotplug'),
  }
}
