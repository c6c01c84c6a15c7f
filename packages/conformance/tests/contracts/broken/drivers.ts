// Drivers that break one contract each. All are the ACPI driver but for what is said of them.

import {
  alignUp,
  driverOf,
  HotplugError,
  type Machine,
  MIB,
  type Platform,
  type PluggedDevice,
  pfn,
} from '@memhp/core'
import {
  type DriverDefinition,
  defineDriver,
  emitPlatformEvent,
  emitUevent,
  type FirmwareDriver,
  logLine,
  queueWork,
  readOnly,
} from '@memhp/core/plugin'
import { type AcpiLayout, acpiDriver, acpiState } from '@memhp/driver-acpi'
import type { DriverSuiteOptions } from '../../../src/contracts/index'

type Acpi = DriverDefinition<AcpiLayout>

const changed = (parts: (driver: FirmwareDriver) => Partial<FirmwareDriver>): Acpi =>
  defineDriver({
    ...acpiDriver,
    create(config) {
      const driver = acpiDriver.create(config)
      return { ...driver, ...parts(driver) }
    },
  })

/** A driver whose hypervisor half is another. */
const replatformed = (parts: (platform: Platform) => Partial<Platform>): Acpi =>
  changed(({ platform }) => ({ platform: platform && { ...platform, ...parts(platform) } }))

/** A driver that tells of its devices in another way. */
const telling = (tell: (devices: readonly PluggedDevice[]) => readonly PluggedDevice[]): Acpi =>
  replatformed(({ plugged }) => ({ plugged: (machine) => tell(plugged(machine)) }))

/** Something of the driver's own beside its proper state. */
const ownState = (machine: Machine): Record<string, unknown> =>
  acpiState(machine) as unknown as Record<string, unknown>

/** A driver that plugs, and does something else too. */
const alsoAtPlug = (act: (machine: Machine, device: PluggedDevice) => void): Acpi =>
  replatformed(({ plug }) => ({
    plug(machine, request) {
      const device = plug(machine, request)
      act(machine, device)
      return device
    },
  }))

let uses = 0

export interface BrokenDriver {
  readonly name: string
  readonly plugin: Acpi
  /** The contract that must fail, and what it must say. */
  readonly contract: string
  readonly message: RegExp
  readonly options?: Partial<DriverSuiteOptions>
}

/** What was deferred is done without waiting for the machine to settle. */
function workAtOnce(machine: Machine): void {
  for (const { name, argument } of machine.state.journal.work.splice(0))
    driverOf(machine).work(machine, name, argument)
}

export const BROKEN_DRIVERS: readonly BrokenDriver[] = [
  {
    name: 'tells another size than it was given',
    plugin: telling((devices) =>
      devices.map((device) => ({ ...device, sizeBytes: device.sizeBytes / 2 })),
    ),
    contract:
      'holds a device from the moment it is plugged, and the kernel has it when the machine settles',
    message: /What plug gives is not what plugged\(\) tells:\n {2}sizeBytes/,
  },
  {
    name: 'takes memory in while it is being plugged',
    plugin: alsoAtPlug(workAtOnce),
    contract:
      'holds a device from the moment it is plugged, and the kernel has it when the machine settles',
    message: /Blocks are there before the machine has settled/,
  },
  {
    name: 'announces a block twice',
    plugin: changed(({ work }) => ({
      work(machine, name, argument) {
        work(machine, name, argument)
        const { uevents } = machine.state.journal
        const last = uevents.findLast(({ devpath }) => /memory\d+$/.test(devpath))
        if (last !== undefined) emitUevent(machine, last.action, last)
      },
    })),
    contract:
      'holds a device from the moment it is plugged, and the kernel has it when the machine settles',
    message: /The uevents "add" of blocks are others/,
  },
  {
    name: 'forgets the last device',
    plugin: telling((devices) => (devices.length > 2 ? devices.slice(0, -1) : devices)),
    contract: 'refuses a device when all slots are taken, and takes one as soon as a slot is free',
    message: /plugged\(\) is not what was plugged:\n {2}2:/,
  },
  {
    name: 'lies of a node now and then',
    plugin: telling((devices) =>
      devices.map((device, i) => (i === 1 ? { ...device, node: 1 - device.node } : device)),
    ),
    contract: 'tells the truth after each step of whatever happens, and keeps every invariant',
    message: /plugged\(\) is not what was plugged:\n {2}1\/node/,
  },
  {
    name: 'lets the platform have a device back at once',
    plugin: replatformed(({ requestUnplug, plugged }) => ({
      requestUnplug(machine, id) {
        requestUnplug(machine, id)
        ownState(machine).leaving = id
      },
      plugged: (machine) => plugged(machine).filter(({ id }) => id !== ownState(machine).leaving),
    })),
    contract: 'keeps a device until the last of its blocks has gone, then says once that it went',
    message: /plugged\(\) is not what was plugged/,
  },
  {
    name: 'says twice that a device went',
    plugin: changed(({ work }) => ({
      work(machine, name, argument) {
        work(machine, name, argument)
        const { platform } = machine.state.journal
        const last = platform.findLast(({ event }) => event === 'DEVICE_DELETED')
        if (last !== undefined) emitPlatformEvent(machine, last)
      },
    })),
    contract: 'keeps a device until the last of its blocks has gone, then says once that it went',
    message: /DEVICE_DELETED must be told once/,
  },
  {
    name: 'remembers each device that was ever there',
    plugin: alsoAtPlug((machine, { sizeBytes }) => {
      ownState(machine).largest = sizeBytes
    }),
    contract: 'leaves nothing of a device that came, went online and went',
    message: /The device left something:\n {2}drivers\/acpi\/largest/,
  },
  {
    name: 'makes up the rest of a block',
    plugin: replatformed(({ plug }) => ({
      plug: (machine, request) =>
        plug(machine, {
          ...request,
          sizeBytes: alignUp(request.sizeBytes, machine.geometry.blockBytes),
        }),
    })),
    contract: 'makes no part of a block of a device whose size is not a multiple of one',
    message: /A device of \d+ bytes made memory\d+/,
  },
  {
    name: 'takes a new slot each time',
    plugin: replatformed(({ plug }) => ({
      plug(machine, request) {
        const slot = Number(ownState(machine).next ?? 0)
        const device = plug(machine, { slot, ...request })
        ownState(machine).next = (slot + 1) % 3
        return device
      },
    })),
    contract: 'gives ids, slots and addresses away again',
    message: /The same device comes back elsewhere/,
  },
  {
    name: 'has no address for each slot, and says that it has,',
    plugin: acpiDriver,
    options: { addresses: 'of-slots' },
    contract: 'gives ids, slots and addresses away again',
    message: /An address that is not that of the slot must be refused with NO_ADDRESS_SPACE/,
  },
  {
    name: 'tells the newest device first',
    plugin: telling((devices) => devices.toReversed()),
    contract:
      'tells of devices in the order of their ids, and of memory devices by different names',
    message: /plugged\(\) is not what was plugged/,
  },
  {
    name: 'refuses an id that is taken as if it were a size',
    plugin: replatformed(({ plug, plugged }) => ({
      plug(machine, request) {
        if (plugged(machine).some(({ id }) => id === request.id))
          throw new HotplugError('BAD_ARGUMENT', 'EINVAL', 'No.')
        return plug(machine, request)
      },
    })),
    contract: 'refuses what cannot be plugged, with code and errno, and changes nothing',
    message: /An id that is taken must be refused with DEVICE_EXISTS \(EEXIST\), not BAD_ARGUMENT/,
  },
  {
    name: 'puts the work off before it looks',
    plugin: replatformed(({ plug }) => ({
      plug(machine, request) {
        queueWork(machine, { driver: 'acpi', name: 'look', argument: null })
        const device = plug(machine, request)
        machine.state.journal.work.shift()
        return device
      },
    })),
    contract: 'refuses what cannot be plugged, with code and errno, and changes nothing',
    message: /was refused, and look is to be done for it/,
  },
  {
    name: 'gives a device away whose memory is in use',
    plugin: changed(({ platform, work }) => ({
      work(machine, name, argument) {
        work(machine, name, argument)
        ownState(machine).asked = Number(ownState(machine).asked ?? 0) + 1
      },
      platform: platform && {
        ...platform,
        plugged: (machine) => (ownState(machine).asked === 2 ? [] : platform.plugged(machine)),
      },
    })),
    contract: 'keeps a device whose memory cannot be taken offline, and gives it when it can',
    message: /cannot go offline, and the device is not as it was:\n {2}device/,
  },
  {
    name: 'lets a refusal of deferred work through',
    plugin: changed(({ work }) => ({
      work(machine, name, argument) {
        for (const fault of machine.faults) {
          const error = fault('own/before', { operation: 'own', step: 'before' })
          if (error !== undefined) throw error
        }
        work(machine, name, argument)
      },
    })),
    contract: 'has all of a device or none when a step of plugging fails, and can unplug it',
    message: /The refusal of deferred work was not handled: own\/before/,
  },
  {
    name: 'gives nothing when asked a second time',
    plugin: replatformed(({ requestUnplug }) => ({
      requestUnplug(machine, id) {
        if (machine.state.journal.log.some(({ text }) => text === 'asked')) return
        requestUnplug(machine, id)
        logLine(machine, 'info', 'asked')
      },
    })),
    contract: 'has all of a device when a step of unplugging fails, and gives it when asked again',
    message: /plugged\(\) is not what was plugged/,
  },
  {
    name: 'puts off work that is not data',
    plugin: alsoAtPlug((machine) =>
      queueWork(machine, { driver: 'acpi', name: 'call', argument: () => 1 }),
    ),
    contract: 'keeps its state, and the work it puts off, as plain data',
    message: /state\.journal\.work\.\d+\.argument is a function/,
  },
  {
    name: 'keeps what it is about to do to itself',
    plugin: changed(({ work }) => {
      let busy = false
      return {
        work(machine, name, argument) {
          if (busy) return
          busy = true
          work(machine, name, argument)
        },
      }
    }),
    contract: 'keeps nothing beside the state: what is under way goes on in a restored machine',
    message: /Plugging came to something else the second time/,
  },
  {
    name: 'withholds one page more each time',
    plugin: changed(() => {
      let pages = 0
      return {
        withholdPages(_, { start }) {
          pages += 1
          return [{ start, end: pfn(start + pages) }]
        },
      }
    }),
    contract:
      'withholds pages of the blocks that it is asked about, the same each time, and changes nothing by that',
    message: /It withholds other pages the second time/,
  },
  {
    name: 'has one counter for all machines',
    plugin: alsoAtPlug((machine) => {
      uses += 1
      ownState(machine).uses = uses
    }),
    contract: 'keeps two machines apart',
    message: /A second machine is something else:\n {2}drivers\/acpi\/uses/,
  },
  {
    name: 'numbers its uses for ever',
    plugin: alsoAtPlug((machine) => {
      uses += 1
      ownState(machine).uses = uses
    }),
    contract: 'does the same each time: same seed, same bytes',
    message: /The same steps made two fingerprints/,
  },
  {
    name: 'takes any configuration',
    plugin: defineDriver({
      ...acpiDriver,
      parseConfig: () => acpiDriver.parseConfig({ slots: 3 }),
    }),
    contract: 'refuses a configuration that is wrong, and says where',
    message: /drivers\.acpi = null must be refused with BAD_DESCRIPTION/,
  },
  {
    name: 'writes into its configuration',
    plugin: defineDriver({
      ...acpiDriver,
      parseConfig: (config) =>
        acpiDriver.parseConfig(Object.assign(config as object, { alignmentBytes: 2 * MIB })),
    }),
    contract: 'reads a configuration without changing it, the same each time',
    message: /not extensible/,
  },
  {
    name: 'lists a file that is not there',
    plugin: changed(({ directories }) => ({
      directories: (machine) => ({
        ...directories?.(machine),
        '/sys/firmware/slots': {
          kind: 'directory',
          names: () => ['count', 'free'],
          get: (name) => (name === 'count' ? readOnly(() => '3\n') : undefined),
        },
      }),
    })),
    contract: 'has files that can be read or that refuse it, with a device and without',
    message: /\/sys\/firmware\/slots lists free, and has no such entry/,
  },
]
