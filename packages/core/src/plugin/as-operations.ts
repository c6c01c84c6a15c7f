import { operate } from '../machine/operation'
import type { Platform, ResizablePlatform } from '../model/driver'

/** A platform that plugs and asks back as operations of the machine, which observers are told of. */
export const platformAsOperations = (platform: Platform): Platform => ({
  plug: (machine, request) => operate(machine, 'plug', () => platform.plug(machine, request)),
  requestUnplug: (machine, id) =>
    operate(machine, 'unplug', () => platform.requestUnplug(machine, id)),
  plugged: (machine) => platform.plugged(machine),
})

/** The same, of one whose devices grow and shrink. */
export const resizableAsOperations = (platform: ResizablePlatform): ResizablePlatform => ({
  plug: (machine, request) => operate(machine, 'plug', () => platform.plug(machine, request)),
  resize: (machine, request) => operate(machine, 'resize', () => platform.resize(machine, request)),
  requestUnplug: (machine, id) =>
    operate(machine, 'unplug', () => platform.requestUnplug(machine, id)),
  plugged: (machine) => platform.plugged(machine),
})
