import type { CapturedHost, FirmwareDialect } from '@memhp/core/plugin'
import { blockFile, STORAGE_DIRECTORY, storageFile } from '@memhp/kernel-files'

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

const STORAGE_CONFIG = new RegExp(`^${STORAGE_DIRECTORY}/memory([0-9]+)/config$`)

/** What the description says where the files tell of storage: that of blocks which are not configured is standby. */
function describeConfigured({ blockBytes, text }: CapturedHost, ids: readonly number[]): object {
  const rangesOf = (name: string, value: string): readonly object[] =>
    ids
      .filter((id) => text(storageFile(id, name)) === value)
      .map((id) => ({ start: id * blockBytes, end: (id + 1) * blockBytes }))
  return {
    standby: rangesOf('config', '0'),
    storageEnd: (Math.max(...ids) + 1) * blockBytes,
    memmapOnMemory: rangesOf('memmap_on_memory', '1'),
  }
}

/** Where no file tells, the storage of blocks that are offline has gone back to the hypervisor. */
function describeByState({ blocks, blockBytes, text }: CapturedHost): object {
  const standby = blocks
    .filter(({ id }) => text(blockFile(id, 'state')) === 'offline')
    .map(({ id }) => ({ start: id * blockBytes, end: (id + 1) * blockBytes }))
  return { standby }
}

function describeSclp(host: CapturedHost): object | undefined {
  if (host.capture.arch !== ARCH) return undefined
  const incrementBytes = incrementBytesOf(host)
  const ids = Object.keys(host.capture.files)
    .flatMap((path) => STORAGE_CONFIG.exec(path)?.[1] ?? [])
    .map(Number)
    .toSorted((a, b) => a - b)
  return {
    ...(incrementBytes === undefined ? {} : { incrementBytes }),
    ...(ids.length === 0 ? describeByState(host) : describeConfigured(host, ids)),
  }
}

/** Standby memory as the driver reads it of a host: no devices, and the storage of blocks that are offline. */
export const SCLP_READING: Omit<FirmwareDialect, 'census' | 'walk'> = {
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
    wanted: {
      paths: [`${STORAGE_DIRECTORY}/memory[0-9]+/(config|memmap_on_memory)`],
      behindLinks: [],
      directories: [],
    },
    assumptions: [],
    checks: [],
    kept: [],
    describe: describeSclp,
  },
}
