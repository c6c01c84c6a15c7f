import type { Generation } from '../model/generation'

/**
 * A generation that may be made of another's rules. They are read in `make`, so that a bundler sees no effect of loading
 * the module and leaves out what is not used.
 */
export const defineGeneration = (make: () => Generation): Generation => Object.freeze(make())
