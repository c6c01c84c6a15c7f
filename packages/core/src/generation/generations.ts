import { HotplugError } from '../errors/hotplug-error'
import type { Generation } from '../model/generation'
import { RFC9 } from './rfc9'
import { V6_1 } from './v6-1'

/** All generations, oldest first. */
export const GENERATIONS: readonly Generation[] = [RFC9, V6_1]

/**
 * The generation of this name: `v6.1`, `rfc9`, …
 * @throws HotplugError BAD_DESCRIPTION for a name that is not known
 */
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
