import { HotplugError } from '../errors/hotplug-error'
import type { ArchDefinition } from './arch'
import type { DriverDefinition } from './driver'

interface PluginHead {
  readonly name: string
  readonly contract: number
  readonly summary: string
}

const NAME = /^[a-z][a-z0-9_-]*$/

function checkPlugin<T extends PluginHead>(
  kind: string,
  plugin: T,
  functions: readonly (keyof T)[],
): T {
  const refuse = (what: string): never => {
    throw new HotplugError(
      'BAD_PLUGIN',
      'EINVAL',
      `${kind} plugin ${JSON.stringify(plugin.name)}: ${what}`,
      {
        detail: { kind, name: plugin.name },
      },
    )
  }
  if (typeof plugin.name !== 'string' || !NAME.test(plugin.name)) {
    refuse('name must be lower-case letters, digits, "_" and "-", beginning with a letter.')
  }
  if (plugin.contract !== 1)
    refuse(`contract is ${String(plugin.contract)}; this release speaks contract 1.`)
  if (typeof plugin.summary !== 'string' || plugin.summary === '')
    refuse('summary must say in one line what it is.')
  for (const key of functions) {
    if (typeof plugin[key] !== 'function') refuse(`${String(key)} must be a function.`)
  }
  return Object.freeze({ ...plugin })
}

/**
 * Checks and freezes an architecture plugin.
 * @throws HotplugError BAD_PLUGIN that says what is wrong
 */
export function defineArch<Options>(definition: ArchDefinition<Options>): ArchDefinition<Options> {
  return checkPlugin('arch', definition, ['parseOptions', 'create'])
}

/**
 * Checks and freezes a firmware driver plugin.
 * @throws HotplugError BAD_PLUGIN that says what is wrong
 */
export function defineDriver<Config>(
  definition: DriverDefinition<Config>,
): DriverDefinition<Config> {
  return checkPlugin('driver', definition, ['parseConfig', 'initialState', 'create'])
}
