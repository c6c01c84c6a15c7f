import type {
  DialectBlock,
  DialectSource,
  FirmwareDevice,
  FirmwareFiles,
  FirmwareWrite,
} from '@memhp/core/plugin'
import { parseKernelUnsigned } from '@memhp/kernel-files'

/** Directory of the devices on the dax bus. */
export const DAX_DEVICES = '/sys/bus/dax/devices'

/** Directory of the driver that gives them to the kernel. */
export const KMEM = '/sys/bus/dax/drivers/kmem'

/** Whether a word is the name of a dax device. */
export const isDaxName = (word: string): boolean => /^dax\d+\.\d+$/.test(word)

/** The driver of a device, as its link names it; undefined where none is bound. */
export const driverIn = (link: string | undefined): string | undefined =>
  link?.slice(link.lastIndexOf('/') + 1)

/** A number of a file; undefined where it is none. */
export function numberIn(text: string | undefined): number | undefined {
  const value = text === undefined ? 'EINVAL' : parseKernelUnsigned(text, { bits: 64 })
  return typeof value === 'number' ? value : undefined
}

async function readDevice(
  source: DialectSource,
  name: string,
  allBlocks: readonly DialectBlock[],
): Promise<FirmwareDevice> {
  const directory = `${DAX_DEVICES}/${name}`
  const meaning = `Which memory blocks are of ${name} is unknown.`
  const start = numberIn(await source.text(`${directory}/resource`, meaning)) ?? 0
  const size = numberIn(await source.text(`${directory}/size`, meaning)) ?? 0
  const driver = driverIn(await source.link(`${directory}/driver`))
  const blocks = allBlocks.filter((block) => block.start >= start && block.end <= start + size)
  return {
    name,
    driver: 'dax-kmem',
    path: null,
    status: null,
    present: blocks.length > 0,
    ejectable: driver === 'kmem',
    drcIndex: null,
    blocks: blocks.map(({ id }) => id),
  }
}

const removalOf = (name: string): FirmwareWrite => ({ path: `${KMEM}/unbind`, text: name })

/** dax devices. kmem is unbound from one whose blocks are offline, and its memory is the kernel's no more. */
export const DAX_FILES: FirmwareFiles = {
  async read(source, blocks) {
    if (!(await source.exists(DAX_DEVICES))) return []
    const names = (await source.names(DAX_DEVICES, 'dax devices are unknown.')) ?? []
    return source.each(names.filter(isDaxName).toSorted(), async (name) =>
      readDevice(source, name, blocks),
    )
  },
  removals: (devices) =>
    devices.map((device) => ({
      devices: [device],
      verb: 'remove',
      ...removalOf(device.name),
      undo: { path: `${KMEM}/bind`, text: device.name },
    })),
  removalOf: (word) => (isDaxName(word) ? removalOf(word) : undefined),
  directoryOf: (name) => `${DAX_DEVICES}/${name}`,
  isName: isDaxName,
}
