import { HotplugError } from '../errors/hotplug-error'
import { ONLINE_TYPES } from '../model/block'
import type { Generation } from '../model/generation'

/** Linux 6.1 LTS, the kernel that memhp is checked against. Source: spec/linux-6.1-memory-hotplug.md. */
export const V6_1: Generation = /* @__PURE__ */ Object.freeze({
  name: 'v6.1',
  source: 'Linux 6.1.192',
  zoneBoundAt: 'online',
  stateWords: ONLINE_TYPES,
  stateMatch: 'exact',
  ejectPasses: 2,
  ejectReonlines: true,
  removable: 'always',
  pageCgroupTables: false,
  offlineLimit: null,
  alreadyInStateErrno: 'EINVAL',
  refusesPoisonedBlocks: false,
} satisfies Generation)

const GENERATIONS: readonly Generation[] = [V6_1]

/** @throws HotplugError BAD_DESCRIPTION for a name that is not known */
export function generationOf(name: string): Generation {
  const found = GENERATIONS.find((generation) => generation.name === name)
  if (found !== undefined) return found
  const known = GENERATIONS.map((generation) => generation.name).join(', ')
  throw new HotplugError(
    'BAD_DESCRIPTION',
    'EINVAL',
    `Unknown generation "${name}". Known: ${known}.`,
    {
      detail: { generation: name },
    },
  )
}
