import { HotplugError } from './hotplug-error'

/** What a plugin is, for saying so. */
export interface PluginHead {
  readonly kind: 'arch' | 'driver'
  readonly name: string
}

/** @throws HotplugError BAD_PLUGIN that names the plugin and says what is wrong with it */
export function refusePlugin({ kind, name }: PluginHead, what: string): never {
  const text = `${kind} plugin ${JSON.stringify(name)}: ${what}`
  throw new HotplugError('BAD_PLUGIN', 'EINVAL', text, { detail: { kind, name } })
}

/**
 * Requires functions of what a plugin is or made.
 * @param keys names that must be functions, and names that must be if they are there at all
 * @throws HotplugError BAD_PLUGIN
 */
export function demandFunctions<T extends object>(
  head: PluginHead,
  made: T,
  keys: { readonly required: readonly (keyof T)[]; readonly optional?: readonly (keyof T)[] },
): void {
  const missing = keys.required.find((key) => typeof made[key] !== 'function')
  if (missing !== undefined) refusePlugin(head, `${String(missing)} must be a function.`)
  const wrong = keys.optional?.find(
    (key) => made[key] !== undefined && typeof made[key] !== 'function',
  )
  if (wrong !== undefined) refusePlugin(head, `${String(wrong)} must be a function or absent.`)
}

/**
 * What a plugin made, as an object of the plugin's name.
 * @throws HotplugError BAD_PLUGIN
 */
export function demandNamed(head: PluginHead, made: unknown): void {
  if (typeof made !== 'object' || made === null) {
    refusePlugin(head, `create must give an object, and gave ${String(made)}.`)
  }
  const { name } = made as { readonly name?: unknown }
  if (name !== head.name) {
    refusePlugin(head, `create gave one of the name ${JSON.stringify(name)}.`)
  }
}
