import { HotplugError, isAligned, type Machine } from '@memhp/core'
import {
  emitUevent,
  parseBool,
  parseUnsigned,
  readOnly,
  readWrite,
  type TreeNode,
  writeOnly,
} from '@memhp/core/plugin'
import { parseKernelUnsigned } from '@memhp/kernel-files'
import { addMapping, grainOf, resize } from '../bus/room'
import { storeState } from '../kmem/state-file'
import {
  type DaxDevice,
  devpathOf,
  findDevice,
  nearestNode,
  regionOfDevice,
  sizeOf,
} from '../state'

/** Major number of its character devices, the first that is free on the guests that were recorded. */
const MAJOR = 253

/** The device as it is now; a file of it may be open for longer than it is there. @throws HotplugError NO_SUCH_DEVICE (ENODEV) */
export function deviceNamed(machine: Machine, name: string): DaxDevice {
  const device = findDevice(machine, name)
  if (device !== undefined) return device
  throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `${name} is gone.`, {
    detail: { device: name },
  })
}

const refuseBound = ({ name, driver }: DaxDevice): void => {
  if (driver === null) return
  throw new HotplugError(
    'DEVICE_BOUND',
    'EBUSY',
    `${name} is bound to ${driver}: unbind it first.`,
    {
      detail: { device: name, driver },
    },
  )
}

const refuseNumber = (text: string, why: string, errno: 'EINVAL' | 'ENXIO'): never => {
  throw new HotplugError('BAD_NUMBER', errno, `${JSON.stringify(text)} ${why}`, {
    detail: { text },
  })
}

/**
 * A write to `size`: the device has as much of its region from now on.
 * @throws HotplugError BAD_NUMBER (EINVAL, ERANGE), DEVICE_BOUND (EBUSY), NO_ADDRESS_SPACE (ENOSPC)
 * Source: size_store, drivers/dax/bus.c 6.1
 */
function storeSize(machine: Machine, device: DaxDevice, text: string): void {
  const bytes = parseUnsigned(text, { bits: 64 })
  const grain = grainOf(device)
  if (!isAligned(bytes, grain)) refuseNumber(text, `is not a multiple of ${grain}.`, 'EINVAL')
  refuseBound(device)
  resize(machine, device, bytes)
}

/** Sizes that a page of a program may have. */
const ALIGNMENTS = [2 ** 12, 2 ** 21, 2 ** 30]

/** A write to `align`. @throws HotplugError BAD_NUMBER (ENXIO for no number, EINVAL), DEVICE_BOUND (EBUSY). Source: align_store, drivers/dax/bus.c 6.1 */
function storeAlign(device: DaxDevice, text: string): undefined {
  const bytes = parseKernelUnsigned(text, { bits: 64 })
  if (typeof bytes === 'string') return refuseNumber(text, 'is not a number.', 'ENXIO')
  if (!ALIGNMENTS.includes(bytes)) refuseNumber(text, 'is not the size of a page.', 'EINVAL')
  refuseBound(device)
  const isDivided = device.ranges.every(
    ({ start, end }) => isAligned(start, bytes) && isAligned(end - start, bytes),
  )
  if (!isDivided) refuseNumber(text, `does not divide ${device.name}.`, 'EINVAL')
  device.alignBytes = bytes
}

/**
 * A write to `memmap_on_memory`.
 * @throws HotplugError BAD_WORD (EINVAL), MEMMAP_UNSUPPORTED (EOPNOTSUPP) where memory_hotplug.memmap_on_memory is off, DEVICE_BOUND
 *   (EBUSY) for a change while kmem has the device
 * Source: memmap_on_memory_store, drivers/dax/bus.c 6.12; guests of 7.3.4
 */
function storeMemmap(machine: Machine, device: DaxDevice, text: string): void {
  const isWanted = parseBool(text)
  if (isWanted && machine.state.memory.settings.memmapOnMemory === 'N')
    throw new HotplugError(
      'MEMMAP_UNSUPPORTED',
      'EOPNOTSUPP',
      'memory_hotplug.memmap_on_memory is off: set it on the command line of the kernel.',
    )
  if (isWanted === device.memmapOnMemory) return
  if (device.driver === 'kmem') refuseBound(device)
  device.memmapOnMemory = isWanted
}

/** Major and minor number of its character device: `253:0`. */
export const deviceNumber = ({ minor }: DaxDevice): string => `${MAJOR}:${minor}`

/** Where its memory begins: of a device without any, where its region does. */
const firstOf = (machine: Machine, device: DaxDevice): number =>
  device.ranges[0]?.start ?? regionOfDevice(machine, device).start

const hex = (value: number): string => `0x${value.toString(16)}`

const line = (show: () => string | number): TreeNode => readOnly(() => `${show()}\n`)

function ueventText({ minor, name, driver }: DaxDevice): string {
  const bound = driver === null ? [] : [`DRIVER=${driver}`]
  const lines = [`MAJOR=${MAJOR}`, `MINOR=${minor}`, `DEVNAME=${name}`, ...bound, 'MODALIAS=dax:t0']
  return lines.map((each) => `${each}\n`).join('')
}

type Files = Readonly<Record<string, TreeNode>>

/** Files of a device, as it is now. Source: dev_dax_attributes, drivers/dax/bus.c 6.1; guests of 6.1 to 7.3 */
export function deviceFiles(machine: Machine, { name, kind, memory }: DaxDevice): Files {
  const now = (): DaxDevice => deviceNamed(machine, name)
  const { dax } = machine.generation.rules
  const size = (): string => `${sizeOf(now())}\n`
  const isFixed = kind === 'persistent'
  return {
    align: readWrite(
      () => `${now().alignBytes}\n`,
      (text) => storeAlign(now(), text),
    ),
    dev: line(() => deviceNumber(now())),
    ...(dax.memmapOnMemory === 'never'
      ? {}
      : {
          memmap_on_memory: readWrite(
            () => `${Number(now().memmapOnMemory)}\n`,
            (text) => storeMemmap(machine, now(), text),
          ),
        }),
    modalias: line(() => 'dax:t0'),
    numa_node: line(() => nearestNode(machine, now())),
    resource: { kind: 'file', mode: 0o400, show: () => `${hex(firstOf(machine, now()))}\n` },
    size: isFixed ? readOnly(size) : readWrite(size, (text) => storeSize(machine, now(), text)),
    ...(isFixed ? {} : { mapping: writeOnly((text) => addMapping(machine, now(), text)) }),
    ...(dax.state === 'never' || memory === null || now().driver !== 'kmem'
      ? {}
      : { state: stateFile(machine, name) }),
    target_node: line(() => now().node),
    uevent: readWrite(
      () => ueventText(now()),
      () => emitUevent(machine, 'change', { devpath: devpathOf(machine, now()), subsystem: 'dax' }),
    ),
  }
}

const stateFile = (machine: Machine, name: string): TreeNode =>
  readWrite(
    () => `${deviceNamed(machine, name).memory?.state ?? 'unplugged'}\n`,
    (text) => {
      const device = deviceNamed(machine, name)
      if (device.memory === null || device.driver !== 'kmem')
        throw new HotplugError('NO_SUCH_DEVICE', 'ENODEV', `${name} is not bound to kmem.`, {
          detail: { device: name },
        })
      storeState(machine, device, { memory: device.memory, text })
    },
  )
