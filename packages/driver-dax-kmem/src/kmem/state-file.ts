import {
  ERRNO,
  HotplugError,
  type Machine,
  type OnlineType,
  offlineAndRemoveMemory,
  refusalOf,
} from '@memhp/core'
import { dropRegion, parseWord, say } from '@memhp/core/plugin'
import { HOTPLUG_STATES } from '../config'
import type { DaxDevice, DaxMemory } from '../state'
import { plugMemory } from './plug'

const WORDS = HOTPLUG_STATES.filter(
  (word): word is Exclude<OnlineType, 'offline'> | 'unplugged' => word !== 'offline',
)

/**
 * A write to `state`: all memory of the device comes and is brought online, or goes offline and away. How it is online is changed
 * on the way through `unplugged` only.
 * @throws HotplugError BAD_WORD (EINVAL), ALREADY_IN_STATE (EBUSY) for another way to be online, and as `offlineAndRemoveMemory`,
 *   `addMemory`; RESOURCE_BUSY (EBUSY)
 * Source: guests of Linux 7.3.4
 */
export function storeState(
  machine: Machine,
  device: DaxDevice,
  { memory, text }: { readonly memory: DaxMemory; readonly text: string },
): void {
  const word = parseWord(text, WORDS)
  if (word === memory.state) return
  const { name } = device
  if (word === 'unplugged') {
    for (const { mapping: _, ...range } of memory.ranges) {
      const refusal = refusalOf(() => offlineAndRemoveMemory(machine, { range }))
      if (refusal !== undefined) {
        say(machine, 'daxLeftOnline', { device: name, errno: -ERRNO[refusal.errno] })
        throw refusal
      }
      dropRegion(machine.state.memory.resources, { name, range })
    }
  } else if (memory.state === 'unplugged') {
    memory.ranges = plugMemory(machine, device, memory, word)
  } else {
    const why = `${name} is ${memory.state}: write unplugged first.`
    throw new HotplugError('ALREADY_IN_STATE', 'EBUSY', why, {
      detail: { device: name, state: memory.state, word },
    })
  }
  memory.state = word
}
