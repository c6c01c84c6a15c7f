import type { Plugins } from '@memhp/core'

/** The plugins that the command's machines may be made of. Loaded when one is built. */
export const loadPlugins = async (): Promise<Plugins> => (await import('@memhp/platforms')).PLUGINS
