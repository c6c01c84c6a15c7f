import {
  type BlockId,
  createMachine,
  GENERATIONS,
  type Machine,
  type MachineDescription,
  type PluggedDevice,
  type PlugRequest,
  platformOf,
  SUBSYSTEMS,
  settle,
  takeSnapshot,
} from '@memhp/core'
import { blockIds, blockIdsOfRange, canonicalMemory, findBlock } from '@memhp/core/inspect'
import type { ArchDefinition, DriverDefinition } from '@memhp/core/plugin'
import { type CanonicalMemory, withoutOfDrivers } from '../../sweep/masks'
import { NOT_ROLLED_BACK } from '../../sweep/not-rolled-back'
import { type DrawOptions, drawsOf } from '../contract'
import { describeGuest, ramOf, renewed } from '../guest'

/** Something that a device leaves behind when it has gone, because the platform or the kernel does. */
export type Residue = {
  /** One sentence: what stays, and why. */
  readonly text: string
} & (
  | {
      /** Fields of the driver's state that it stays in, at whatever depth. */
      readonly fields: readonly string[]
    }
  | {
      /** The memory without it, where it is not in the driver's state alone. */
      without(memory: CanonicalMemory): CanonicalMemory
    }
)

const maskOf = (residue: Residue): ((memory: CanonicalMemory) => CanonicalMemory) =>
  'fields' in residue
    ? (memory) => withoutOfDrivers(memory, residue.fields)
    : (memory) => residue.without(memory)

/** How a driver is to be tested. */
export interface DriverSuiteOptions extends DrawOptions {
  /** What the name of the suite says beside the name of the driver: `with hash page tables`. */
  readonly title?: string
  /** The architecture of its machines, and that one's options. */
  // biome-ignore lint/suspicious/noExplicitAny: each plugin has its own option type, checked by itself
  readonly arch: ArchDefinition<any>
  readonly archOptions?: Readonly<Record<string, unknown>>
  /**
   * What the machine has that is not a GiB of memory on node 0, where what the arch maps begins, and a node 1 without. Devices are
   * plugged in sizes of whole blocks, from one: `blockSizeBytes` says of which, where the platform's unit is larger.
   */
  readonly description?: Partial<Omit<MachineDescription, 'arch' | 'archOptions' | 'drivers'>>
  /** The driver's part of the description: room for `slots` devices. */
  readonly config: unknown
  /** How many devices there can be at once, from 2; 0 for a driver whose memory is there from boot. */
  readonly slots: number
  /** Parts of a description that must be refused, and the place that the refusal must name: `.slots`. */
  readonly badConfigs?: readonly { readonly config: unknown; readonly place: string }[]
  readonly residue?: readonly Residue[]
  /** Takes a device out that stayed when the platform asked for it; default: the platform asks once more. */
  readonly takeOut?: (machine: Machine, device: PluggedDevice) => void
  /**
   * What becomes of a device that the kernel could not take in when the platform asks for it: it goes (default), or it
   * stays, where the platform waits for what the kernel never had.
   */
  readonly untakenDevice?: 'goes' | 'stays'
  /**
   * Where a request may have its device: at any address of the platform's that is free (default), or, `'of-slots'`, at that of its slot
   * alone; any other is then refused with NO_ADDRESS_SPACE.
   */
  readonly addresses?: 'any' | 'of-slots'
}

/** Makes the machines that a driver is tested on, and acts on them. */
export interface DriverBench {
  readonly options: DriverSuiteOptions
  /** How a property is drawn: as often as others, or `times` as often. */
  draws(times?: number): ReturnType<typeof drawsOf>
  /** A machine that has just booted. */
  boot(): Machine
  /** One machine, put back each time to what it was after boot. */
  fresh(): Machine
  /** What the machine's memory is, but for what a device may leave behind. It no longer changes. */
  picture(machine: Machine): CanonicalMemory
}

const FIRMWARE_MAP = NOT_ROLLED_BACK.filter(({ id }) => id === 'firmware-map-numbers').flatMap(
  ({ without }) => without ?? [],
)

export function driverBench<Layout>(
  plugin: DriverDefinition<Layout>,
  options: DriverSuiteOptions,
): DriverBench {
  const { arch, archOptions, config, description } = options
  const drivers = { [plugin.name]: config }
  const said = { ...description, ...(archOptions && { archOptions }) }
  const boot = (): Machine =>
    createMachine(describeGuest(arch.name, { ...said, ram: ramOf(arch, said), drivers }), {
      archs: [arch],
      drivers: [plugin],
      kernels: GENERATIONS,
      subsystems: SUBSYSTEMS,
    })
  const masks = [...FIRMWARE_MAP, ...(options.residue ?? []).map(maskOf)]
  return {
    options,
    draws: (times = 1) => drawsOf(options, times),
    boot,
    fresh: renewed(boot),
    picture(machine) {
      const { state } = takeSnapshot(machine)
      const memory = canonicalMemory({ ...machine, state })
      return masks.reduce((rest, mask) => mask(rest), memory)
    },
  }
}

/** Plugs a device and lets the kernel deal with it. */
export function plug(machine: Machine, request: PlugRequest): PluggedDevice {
  const device = platformOf(machine).plug(machine, request)
  settle(machine)
  return device
}

export function unplug(machine: Machine, id: string): void {
  platformOf(machine).requestUnplug(machine, id)
  settle(machine)
}

/** What the platform holds under an id; undefined where nothing. */
export const findPlugged = (machine: Machine, id: string): PluggedDevice | undefined =>
  platformOf(machine)
    .plugged(machine)
    .find((device) => device.id === id)

/** Numbers of the blocks that a device covers, ascending. */
export const blocksOf = (
  machine: Machine,
  { address, sizeBytes }: PluggedDevice,
): readonly BlockId[] => blockIdsOfRange(machine, { start: address, end: address + sizeBytes })

/** Blocks that came after boot, ascending, with their states. */
export const lateBlocks = (machine: Machine): ReadonlyMap<number, string> =>
  new Map(
    blockIds(machine)
      .map((id) => findBlock(machine, id))
      .flatMap((block) => (block === undefined || block.early ? [] : [[block.id, block.state]])),
  )
