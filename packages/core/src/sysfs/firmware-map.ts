import { firmwareMapEntry } from '../firmware-map/firmware-map-table'
import { directoryOf, readOnly } from '../kobject/mount'
import type { Directory } from '../model/directory'
import type { Machine } from '../model/machine'

/** /sys/firmware/memmap. Source: drivers/firmware/memmap.c 6.1; spec 1.4. */
export function firmwareMapDirectory(machine: Machine): Directory {
  return {
    kind: 'directory',
    names: () => machine.state.memory.firmwareMap.entries.map((entry) => `${entry.index}`),
    get: (name) => {
      if (!/^(0|[1-9][0-9]*)$/.test(name)) return undefined
      const entry = firmwareMapEntry(machine.state.memory.firmwareMap, Number(name))
      if (entry === undefined) return undefined
      return directoryOf({
        start: readOnly(() => `0x${entry.start.toString(16)}\n`),
        end: readOnly(() => `0x${entry.end.toString(16)}\n`),
        type: readOnly(() => `${entry.type}\n`),
      })
    },
  }
}
