import { formatHex } from '@memhp/kernel-files'
import { HotplugError } from '../errors/hotplug-error'
import { firmwareMapEntry } from '../firmware-map/firmware-map-table'
import { directoryOf, readOnly } from '../kobject/mount'
import type { Directory, TreeNode } from '../model/directory'
import type { FirmwareMapEntry } from '../model/firmware-map'
import type { Machine } from '../model/machine'
import type { Rereader } from '../model/subsystem'

/** /sys/firmware/memmap. Source: drivers/firmware/memmap.c 6.1; spec 1.4. */
export function firmwareMapDirectory(machine: Machine, rereader: Rereader | undefined): Directory {
  return {
    kind: 'directory',
    ...(rereader && { version: rereader.firmwareMap }),
    names: () => machine.state.memory.firmwareMap.entries.map((entry) => `${entry.index}`),
    get: (name) => {
      if (!/^(0|[1-9][0-9]*)$/.test(name)) return undefined
      const index = Number(name)
      if (firmwareMapEntry(machine.state.memory.firmwareMap, index) === undefined) return undefined
      return entryDirectory(machine, index, rereader)
    },
  }
}

function entryDirectory(
  machine: Machine,
  index: number,
  rereader: Rereader | undefined,
): Directory {
  const file = (show: (entry: FirmwareMapEntry) => string): TreeNode =>
    readOnly(() => `${show(present(machine, index))}\n`)
  const files = directoryOf({
    start: file((entry) => formatHex(entry.start)),
    end: file((entry) => formatHex(entry.end)),
    type: file((entry) => entry.type),
  })
  return rereader === undefined ? files : { ...files, version: rereader.firmwareMapEntry(index) }
}

/** The entry as it is now; the directory may be older than the entry's end. */
function present(machine: Machine, index: number): FirmwareMapEntry {
  const entry = firmwareMapEntry(machine.state.memory.firmwareMap, index)
  if (entry !== undefined) return entry
  throw new HotplugError('NO_SUCH_FILE', 'ENODEV', `Entry ${index} of the memory map is gone.`, {
    detail: { index },
  })
}
