import { HotplugError } from '../errors/hotplug-error'

/** @param place in the description: `nodes[1].cpus` @throws HotplugError BAD_DESCRIPTION (EINVAL) */
export function refuse(place: string, what: string): never {
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
