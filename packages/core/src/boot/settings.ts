import {
  parameterKey,
  parseCmdline,
  parseKernelBool,
  parseKernelUnsigned,
} from '@memhp/kernel-files'
import type { OnlineType } from '../model/block'
import { ONLINE_TYPES } from '../model/block'
import type { Features } from '../model/features'
import type { GenerationRules, MemmapMode } from '../model/generation-rules'
import type { Settings } from '../model/state'

/** What is read of a parameter's value; undefined where the kernel refuses it. A name without value has `null`. */
type Read<T> = (value: string | null) => T | undefined

const onlineType: Read<OnlineType> = (value) => ONLINE_TYPES.find((type) => type === value)

/** Source: param_set_bool, kernel/params.c 6.1: a name without value stands for yes. */
const bool: Read<boolean> = (value) => parseKernelBool(value ?? '1')

const policy: Read<Settings['onlinePolicy']> = (value) =>
  value === 'auto-movable' || value === 'contig-zones' ? value : undefined

const unsigned: Read<number> = (value) => {
  const number = parseKernelUnsigned(value ?? '', { bits: 32 })
  return typeof number === 'number' ? number : undefined
}

/** `force` is a third word beside the truths, where the generation has it. */
const memmapMode =
  (words: readonly MemmapMode[]): Read<MemmapMode> =>
  (value) => {
    if (value === 'force' && words.includes('force')) return 'force'
    const isOn = bool(value)
    return isOn === undefined ? undefined : isOn ? 'Y' : 'N'
  }

/**
 * The settings that a kernel comes up with. Parameters that its generation does not know, and what the command line says
 * wrongly, are ignored, as the kernel does.
 */
export function settingsOf(
  cmdline: string,
  rules: Pick<GenerationRules, 'parameters' | 'memmapOnMemory'>,
  { defaultOnlineType }: Pick<Features, 'defaultOnlineType'>,
): Settings {
  const parameters = parseCmdline(cmdline)
    .map(({ name, value }) => ({ key: parameterKey(name), value }))
    .filter(({ key }) => rules.parameters.commandLine.includes(key))
  const has = (name: string): boolean => parameters.some(({ key }) => key === name)
  // The last one that the kernel takes holds.
  const last = <T>(name: string, read: Read<T>): T | undefined =>
    parameters.flatMap(({ key, value }) => (key === name ? (read(value) ?? []) : [])).at(-1)
  const memmap = memmapMode(rules.memmapOnMemory.words)
  return {
    autoOnline: last('memhp_default_state', onlineType) ?? defaultOnlineType ?? 'offline',
    onlinePolicy: last('memory_hotplug.online_policy', policy) ?? 'contig-zones',
    autoMovableRatio: last('memory_hotplug.auto_movable_ratio', unsigned) ?? 301,
    autoMovableNumaAware: last('memory_hotplug.auto_movable_numa_aware', bool) ?? true,
    memmapOnMemory: last('memory_hotplug.memmap_on_memory', memmap) ?? 'N',
    movableNode: has('movable_node'),
    movableGiganticPages: 0,
  }
}
