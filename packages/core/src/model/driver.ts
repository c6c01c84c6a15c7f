import type { BlockId } from '../address/brand'
import type { PfnRange, Range } from '../address/range'
import type { MemoryDevice } from './device'
import type { FirmwareReading } from './dialect/firmware-dialect'
import type { TreeNode } from './directory'
import type { Machine } from './machine'
import type { StateSlot } from './state-slot'
import type { Subsystems } from './subsystem'

/** A memory device to be plugged: what a hypervisor's `device_add pc-dimm` says. @public */
export interface PlugRequest {
  /** The hypervisor's name for it: `dimm1`. */
  readonly id: string
  readonly sizeBytes: number
  readonly node: number
  /** Physical address; default: where the platform would place it. */
  readonly address?: number
  readonly slot?: number
}

/** What the platform holds, plugged or about to go. @public */
export interface PluggedDevice {
  readonly id: string
  readonly address: number
  readonly sizeBytes: number
  readonly node: number
  readonly slot: number
  /** The kernel's name for the device; null when the kernel has none. */
  readonly name: string | null
}

/**
 * The hypervisor half of a firmware interface: what plugs memory devices and asks for them back. A refusal leaves all
 * as it was. QEMU's pc-dimm is written already: `dimmPlatform`.
 * @public
 */
export interface Platform {
  /**
   * The platform plugs a device and notifies the kernel. What the kernel makes of it happens when the machine settles.
   * A size that the platform takes and the kernel cannot use stays plugged, and can be unplugged.
   * @returns the device as `plugged` tells of it
   * @throws HotplugError BAD_ARGUMENT (EINVAL) for a size that the platform does not take, NO_SUCH_NODE (EINVAL),
   *   DEVICE_EXISTS (EEXIST) for an id that is in use, NO_FREE_SLOT, NO_ADDRESS_SPACE (ENOSPC)
   */
  plug(machine: Machine, request: PlugRequest): PluggedDevice
  /**
   * The platform asks for a device back (QEMU's `device_del`). The outcome is seen when the machine has settled. When
   * the last block has gone the platform takes it out and says so (`DEVICE_DELETED`, with the id as `device`).
   * @throws HotplugError NO_SUCH_DEVICE (ENODEV), UNPLUG_PENDING (EBUSY) where the platform waits for it already
   */
  requestUnplug(machine: Machine, id: string): void
  /** What the platform holds, in the order of the ids. */
  plugged(machine: Machine): readonly PluggedDevice[]
}

/** A memory device of changing size, to be plugged: what `device_add virtio-mem-pci` says. @public */
export interface ResizableRequest {
  /** The hypervisor's name for it: `vm0`. */
  readonly id: string
  /** Bytes that it may have at most: those of its region. */
  readonly maxBytes: number
  readonly node: number
  /** Bytes that the guest is asked to have; default 0. */
  readonly requestedBytes?: number
  /** Bytes that are plugged and unplugged together; default: the platform's. */
  readonly blockBytes?: number
  /** The port that it goes into, where the platform has some. */
  readonly bus?: string
}

/** A memory device of changing size, as the platform holds it. Bytes. @public */
export interface ResizableDevice {
  readonly id: string
  readonly address: number
  /** What is plugged now. */
  readonly sizeBytes: number
  readonly requestedBytes: number
  readonly maxBytes: number
  readonly blockBytes: number
  /** What the kernel plugs and unplugs together; null when no driver is bound to the device. */
  readonly unitBytes: number | null
  readonly node: number
  /** The kernel's name for the device; null when no driver is bound to it. */
  readonly name: string | null
}

/**
 * The hypervisor half of an interface whose devices are asked for more or less memory while they are plugged, as virtio-mem's are.
 * A refusal leaves all as it was.
 * @public
 */
export interface ResizablePlatform {
  /**
   * The platform plugs a device. What the kernel makes of it happens when the machine settles.
   * @throws HotplugError BAD_ARGUMENT (EINVAL), NO_SUCH_NODE (EINVAL), DEVICE_EXISTS (EEXIST), NO_ADDRESS_SPACE (ENOSPC),
   *   NO_FREE_SLOT (ENOSPC) where no port takes it
   */
  plug(machine: Machine, request: ResizableRequest): ResizableDevice
  /**
   * The size of a device is asked to be another. How far the kernel gets is seen when the machine has settled.
   * @throws HotplugError NO_SUCH_DEVICE (ENODEV), BAD_ARGUMENT (EINVAL) for a size that the device cannot have
   */
  resize(machine: Machine, request: { readonly id: string; readonly bytes: number }): void
  /**
   * The platform takes a device out.
   * @throws HotplugError NO_SUCH_DEVICE (ENODEV), DEVICE_BOUND (EBUSY) while some of its memory is plugged, or where its port
   *   does not let it go
   */
  requestUnplug(machine: Machine, id: string): void
  /** What the platform holds, in the order in which it was plugged. */
  plugged(machine: Machine): readonly ResizableDevice[]
}

/**
 * A firmware interface: the kernel half, and the platform behind it. One may serve several machines: its state lies in
 * `machine.state.memory.drivers[name]` (`driverSlot`), as plain data, and what it is about to do lies in the journal
 * as work. A refusal leaves all as it was.
 * @beta
 */
export interface FirmwareDriver {
  readonly name: string
  /** What plugs devices and asks for them back: a program has it of `platformOf`. Null where memory is there from boot and no device comes or goes. */
  readonly platform: Platform | null
  /** What asks devices for more or less memory while they are plugged: a program has it of `resizableOf`. Absent where none are asked. */
  readonly resizable?: ResizablePlatform
  /** Kernel boot: discover devices, take in those present. */
  boot(machine: Machine): void
  /** The kernel's memory devices. */
  devices(machine: Machine): readonly MemoryDevice[]
  /** Runs a piece of deferred work that the driver deferred (`deferredWork`); `dispatchWork` makes it of handlers. */
  work(machine: Machine, name: string, argument: unknown): void
  /** Directories and files it adds to the tree, by absolute path. Called once, when the machine is made. */
  directories?(machine: Machine): Readonly<Record<string, TreeNode>>
  /**
   * Asked when pages of a block are handed over to the allocator as it comes online: which of them stay withheld
   * (PageOffline), as virtio-mem keeps the sub-blocks that are not plugged. They are present and not managed; a block goes
   * offline with them. Called past the point of no return: it must neither refuse nor change anything. Blocks that were
   * online when the machine was captured are asked about before `boot`, but for those whose use was captured. A machine with such
   * a plugin needs the part `WITHHOLDING` (`subsystems` of the definition).
   * @param range pages of one block, without those that hold its own memmap
   * @returns pages of the range, as pfns; empty where it is not the driver's
   * Source: set_online_page_callback, mm/memory_hotplug.c 6.1
   */
  withholdPages?(machine: Machine, range: PfnRange): readonly PfnRange[]
  /**
   * What `phys_device` of a block reads; default 0.
   * Source: arch_get_memory_phys_device, drivers/base/memory.c 6.1
   */
  physDevice?(machine: Machine, block: BlockId): number
  /**
   * From now on the hypervisor refuses to give storage in these ranges (bytes), and in no others: for hypervisors that are
   * asked as memory comes online.
   */
  refuseStorage?(machine: Machine, ranges: readonly Range[]): void
  /** The timers that run now. */
  timers?(machine: Machine): readonly DriverTimer[]
  /**
   * Timers that it waits for run out: what failed before is tried again as the machine settles. Time passes only so.
   * @param names which; default: all
   * @returns whether one was running
   */
  expireTimers?(machine: Machine, names?: readonly string[]): boolean
  /** Checks its state against the machine's. @throws InvariantViolation */
  check?(machine: Machine): void
}

/** A timer after which what fell short is tried again. Milliseconds. @public */
export interface DriverTimer {
  /** The same as long as the same is tried. */
  readonly name: string
  /** The platform's name of the device whose request waits. */
  readonly deviceId: string
  /** How long it runs at first; each time twice as long as before. */
  readonly firstMs: number
  /** How long it runs at most. */
  readonly mostMs: number
}

/**
 * What `defineDriver` takes. `Layout` is the configuration once it is checked and filled in; `Config` is what a
 * description may say, so that `createMachine` can check it by type; `Name` is the key that it stands under; `State` is
 * what lies in its slot.
 * @beta
 */
export interface DriverDefinition<
  Layout,
  Config = unknown,
  Name extends string = string,
  State = unknown,
> {
  readonly name: Name
  readonly contract: 1
  readonly summary: string
  /**
   * Checks the driver's part of a description, which is data from outside whatever its type says. A key that it does
   * not know is refused.
   * @throws HotplugError BAD_DESCRIPTION whose message begins with the place, `drivers.NAME.slots: …`
   */
  parseConfig(config: Config): Layout
  /** Where its state lies: `driverSlot(name)`. */
  readonly slot: StateSlot<State>
  /** Plain data that fills the slot before boot. */
  initialState(layout: Layout): State
  create(layout: Layout): FirmwareDriver
  /** Parts of the kernel that a machine with it needs: they come with it, as if the program had brought them. Default: none. */
  readonly subsystems?: Subsystems
  /** How its firmware is read of a host: a twin is made by the readings of its drivers. Default: it is not read. */
  readonly reading?: FirmwareReading
}

/** A driver of any configuration, which it checks by itself. */
export type AnyDriver = DriverDefinition<unknown>

/** What a description may say of these drivers, by their names. @public */
export type DriverConfigs<Drivers extends readonly AnyDriver[]> = {
  readonly [Each in Drivers[number] as Each['name']]?: Each extends DriverDefinition<
    infer _Layout,
    infer Config
  >
    ? Config
    : never
}
