import { HotplugError } from '@memhp/core'

/** What a sparc64 machine is told about its processor. */
export interface SparcOptions {
  /** `sun4v` (default): translations of 256 MiB in the direct map. `sun4u`: none larger than 4 MiB. */
  readonly cpu: 'sun4u' | 'sun4v'
}

const CPUS: readonly unknown[] = ['sun4u', 'sun4v']

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions({
  cpu = 'sun4v',
  ...unknown
}: Readonly<Record<string, unknown>>): SparcOptions {
  for (const name of Object.keys(unknown)) refuse(name, 'sparc64 has no such option; it has cpu.')
  if (!CPUS.includes(cpu)) refuse('cpu', `must be one of ${CPUS.join(', ')}.`)
  return { cpu: cpu === 'sun4u' ? 'sun4u' : 'sun4v' }
}

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}
