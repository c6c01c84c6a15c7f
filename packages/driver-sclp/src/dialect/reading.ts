import type { CapturedHost, FirmwareReading } from '@memhp/core/plugin'
import { blockFile } from '@memhp/kernel-files'

/** The architecture whose machines have this firmware. */
export const ARCH = 's390x'

/** Bytes of a storage increment, as the block that is not the first tells; undefined where no file does. */
function incrementBytesOf({ blocks, blockBytes, text }: CapturedHost): number | undefined {
  for (const { id } of blocks) {
    const device = Number(text(blockFile(id, 'phys_device')) ?? 0)
    if (id > 0 && device > 0) return (id * blockBytes) / device
  }
  return undefined
}

/** The storage of blocks that are offline has gone back to the hypervisor. */
function describeSclp(host: CapturedHost): object | undefined {
  if (host.capture.arch !== ARCH) return undefined
  const { blocks, blockBytes, text } = host
  const incrementBytes = incrementBytesOf(host)
  const standby = blocks
    .filter(({ id }) => text(blockFile(id, 'state')) === 'offline')
    .map(({ id }) => ({ start: id * blockBytes, end: (id + 1) * blockBytes }))
  return { ...(incrementBytes === undefined ? {} : { incrementBytes }), standby }
}

/** Standby memory as the driver reads it of a host: no devices, and the storage of blocks that are offline. */
export const SCLP_READING: FirmwareReading = {
  driver: 'sclp',
  parameters: [],
  files: {
    read: async () => [],
    removals: () => [],
    removalOf: () => undefined,
    directoryOf: () => '/sys/firmware',
    isName: () => false,
  },
  capture: {
    wanted: { paths: [], behindLinks: [], directories: [] },
    assumptions: [],
    checks: [],
    kept: [],
    describe: describeSclp,
  },
}
