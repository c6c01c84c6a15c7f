import type { FirmwareCensus, FirmwareDialect } from '@memhp/core/plugin'
import { DAX_CAPTURE } from './describe'
import { DAX_DEVICES, DAX_FILES, driverIn } from './files'
import { DAX_READING } from './reading'
import { DAX_WALK } from './walk'

/** A device that kmem has given to the kernel. */
const DAX_CENSUS: FirmwareCensus = {
  thing: 'devices bound to kmem',
  sum: 'devices bound to kmem',
  shown: 'each',
  record: null,
  open: (tree) => (name) => {
    const link = `${DAX_DEVICES}/${name}/driver`
    const isBound =
      tree.lookup(`${DAX_DEVICES}/${name}`) !== undefined && tree.lookup(link) !== undefined
    const driver = isBound ? driverIn(tree.readlink(link)) : undefined
    return { state: driver ?? 'no driver', count: driver === 'kmem' ? 1 : 0 }
  },
}

/** dax devices for clients: their directories, and the driver that gives their memory to the kernel. */
export const daxKmemDialect: FirmwareDialect = {
  ...DAX_READING,
  parameters: [],
  files: DAX_FILES,
  capture: DAX_CAPTURE,
  census: DAX_CENSUS,
  walk: DAX_WALK,
}
