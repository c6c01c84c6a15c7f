import { HotplugError } from '../errors/hotplug-error'

/** Options of an arch that has none. @beta */
export type NoOptions = Readonly<Record<string, never>>

/**
 * A `parseOptions` for an arch without options.
 * @param name of the arch
 * @returns a function that throws HotplugError BAD_DESCRIPTION for any option
 * @beta
 */
export const noOptions =
  (name: string) =>
  (given: Readonly<Record<string, unknown>>): NoOptions => {
    const [unknown] = Object.keys(given)
    if (unknown === undefined) return {}
    const place = `archOptions.${unknown}`
    throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${name} has no options.`, {
      detail: { place },
    })
  }
