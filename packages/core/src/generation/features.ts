import type { Arch } from '../model/arch'
import { ONLINE_TYPES } from '../model/block'
import type { Features, KernelConfig, KnownConfig } from '../model/features'
import type { Generation } from '../model/generation'
import { refuseDescription } from '../shape/refuse-description'

/**
 * What the kernel of a machine offers.
 * @param config options that differ from how kernels of this generation are configured on the architecture
 * @throws HotplugError BAD_DESCRIPTION with the place, `config.zoneDevice: …`
 */
export function featuresOf(
  arch: Pick<Arch, 'name' | 'features'>,
  generation: Generation,
  config: Partial<KernelConfig> = {},
): Features {
  const known = knownConfig(arch, generation)
  checkConfig(config, known, generation)
  const set = { ...known, ...config }
  return {
    firmwareMap: arch.features.firmwareMap,
    probe: arch.features.probe && set.memoryProbe === true,
    memoryFailure: set.memoryFailure === true,
    pageCgroup: set.pageCgroup === true,
    crashHotplug: set.crashHotplug === true,
    numa: set.numa === true,
    zoneDevice: arch.features.zoneDevice && set.zoneDevice === true,
    memmapOnMemory: arch.features.memmapOnMemory !== false && set.memmapOnMemory === true,
    defaultOnlineType: set.defaultOnlineType,
  }
}

/** How kernels of a generation are configured on an architecture, where nothing else is said. */
const knownConfig = ({ name }: Pick<Arch, 'name'>, { config }: Generation): KnownConfig => ({
  ...config.common,
  ...config.byArch[name],
})

function checkConfig(
  config: Partial<KernelConfig>,
  known: KnownConfig,
  generation: Generation,
): void {
  for (const [option, value] of Object.entries(config)) {
    const place = `config.${option}`
    if (!Object.hasOwn(known, option)) {
      refuseDescription(place, `is not an option; there are ${Object.keys(known).join(', ')}.`)
    }
    const isType = option === 'defaultOnlineType'
    if (isType ? !ONLINE_TYPES.some((type) => type === value) : typeof value !== 'boolean') {
      refuseDescription(
        place,
        isType ? `must be one of ${ONLINE_TYPES.join(', ')}.` : 'must be true or false.',
      )
    }
    if (known[option as keyof KnownConfig] === null && value !== false) {
      refuseDescription(place, `kernels of generation ${generation.name} do not have it.`)
    }
  }
}
