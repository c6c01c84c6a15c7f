import {
  demandFunctions,
  demandNamed,
  type PluginHead,
  refusePlugin,
} from '../errors/refuse-plugin'
import type { Arch, ArchDefinition } from '../model/arch'
import type { DriverDefinition, FirmwareDriver, Platform, ResizablePlatform } from '../model/driver'
import type { StateSlot } from '../model/state-slot'
import { checkArch } from './check-arch'

const NAME = /^[a-z][a-z0-9_-]*$/

interface Definition {
  readonly name: string
  readonly contract: number
  readonly summary: string
}

function checkDefinition<T extends Definition>(
  head: PluginHead,
  definition: T,
  functions: readonly (keyof T)[],
): void {
  const { name, contract, summary } = definition
  if (typeof name !== 'string' || !NAME.test(name))
    refusePlugin(
      head,
      'name must be lower-case letters, digits, "_" and "-", beginning with a letter.',
    )
  if (contract !== 1)
    refusePlugin(head, `contract is ${String(contract)}; this release speaks contract 1.`)
  if (typeof summary !== 'string' || summary === '')
    refusePlugin(head, 'summary must say in one line what it is.')
  demandFunctions(head, definition, { required: functions })
}

/** What reads the files of a host takes its pages to be as the definition says, and its twin has those of the geometry. */
function demandPageSize(
  head: PluginHead,
  { pageSize }: Pick<ArchDefinition<never>, 'pageSize'>,
  { geometry }: Arch,
): void {
  const pageBytes = 2 ** geometry.pageShift
  const said = pageSize ?? 4096
  if (typeof said === 'function' || said === pageBytes) return
  const told = pageSize === undefined ? 'is not given, which says 4096' : `is ${said}`
  refusePlugin(head, `pageSize ${told}, and pages of its geometry have ${pageBytes} bytes.`)
}

/**
 * Checks and freezes an architecture plugin. Each arch that its `create` makes is checked once: nothing in it may change.
 * @throws HotplugError BAD_PLUGIN that says what is wrong; so does `create` of what it gives
 * @beta
 */
export function defineArch<Options>(definition: ArchDefinition<Options>): ArchDefinition<Options> {
  const { name } = definition
  const head = { kind: 'arch', name } as const
  checkDefinition(head, definition, ['parseOptions', 'create'])
  const create: typeof definition.create = (...given) => {
    const arch = checkArch(name, definition.create(...given))
    demandPageSize(head, definition, arch)
    return arch
  }
  return Object.freeze({ ...definition, create })
}

function demandPlatform(head: PluginHead, platform: Platform | null | undefined): void {
  if (platform === null) return
  if (typeof platform !== 'object') refusePlugin(head, 'platform must be an object, or null.')
  demandFunctions(head, platform, { required: ['plug', 'requestUnplug', 'plugged'] })
}

function demandResizable(head: PluginHead, platform: ResizablePlatform | undefined): void {
  if (platform === undefined) return
  if (typeof platform !== 'object' || platform === null)
    refusePlugin(head, 'resizable must be an object, or absent.')
  const required = ['plug', 'resize', 'requestUnplug', 'plugged'] as const
  demandFunctions(head, platform, { required })
}

function demandDriverSlot(head: PluginHead, slot: StateSlot<unknown> | undefined): void {
  if (slot?.holder !== 'drivers' || slot.key !== head.name)
    refusePlugin(head, `slot must be driverSlot(${JSON.stringify(head.name)}).`)
}

/**
 * Checks and freezes a firmware driver plugin. What its `create` makes is checked each time.
 * @throws HotplugError BAD_PLUGIN that says what is wrong; so does `create` of what it gives
 * @beta
 */
export function defineDriver<Layout, Config, const Name extends string, State>(
  definition: DriverDefinition<Layout, Config, Name, State>,
): DriverDefinition<Layout, Config, Name, State> {
  const { name } = definition
  const head = { kind: 'driver', name } as const
  checkDefinition(head, definition, ['parseConfig', 'initialState', 'create'])
  demandDriverSlot(head, definition.slot)
  const create = (layout: Layout): FirmwareDriver => {
    const driver = definition.create(layout)
    demandNamed(head, driver)
    demandFunctions(head, driver, {
      required: ['boot', 'devices', 'work'],
      optional: [
        'directories',
        'withholdPages',
        'physDevice',
        'refuseStorage',
        'timers',
        'expireTimers',
        'check',
      ],
    })
    demandResizable(head, driver.resizable)
    demandPlatform(head, driver.platform)
    return driver
  }
  return Object.freeze({ ...definition, create })
}
