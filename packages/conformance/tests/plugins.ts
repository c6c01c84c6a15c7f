import type { Plugins } from '@memhp/core'
import { PLUGINS as ALL } from '@memhp/platforms'

/** All plugins, of drivers whose configurations are not told apart. */
export const PLUGINS: Plugins = ALL
