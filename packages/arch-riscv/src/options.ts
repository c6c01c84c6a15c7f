import { HotplugError } from '@memhp/core'

/** Ways of translating addresses: with how many bits of virtual ones. */
export type TranslationMode = 'sv39' | 'sv48' | 'sv57'

/** What a RISC-V machine is told about its processor. */
export interface RiscvOptions {
  /** As /proc/cpuinfo names it: the widest that the processor has, or that `no4lvl` and `no5lvl` leave. Default `sv57`. */
  readonly mode: TranslationMode | null
}

/** Every mode, the widest first. */
export const MODES: readonly TranslationMode[] = ['sv57', 'sv48', 'sv39']

const DEFAULTS: RiscvOptions = { mode: null }

/**
 * Checks the `archOptions` of a machine description and fills in defaults.
 * @throws HotplugError BAD_DESCRIPTION that names the option
 */
export function parseOptions(given: Readonly<Record<string, unknown>>): RiscvOptions {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(DEFAULTS, name))
      refuse(name, `riscv64 has no such option; it has ${Object.keys(DEFAULTS).join(', ')}.`)
  }
  const options = { ...DEFAULTS, ...given }
  if (options.mode !== null && !MODES.includes(options.mode))
    refuse('mode', `must be ${MODES.join(', ')}, or null.`)
  return options
}

function refuse(option: string, what: string): never {
  const place = `archOptions.${option}`
  throw new HotplugError('BAD_DESCRIPTION', 'EINVAL', `${place}: ${what}`, { detail: { place } })
}

/** The mode that a command line leaves of all. Source: set_satp_mode_from_cmdline, arch/riscv/kernel/pi/cmdline_early.c 6.12. */
export function modeOf(cmdline: string): TranslationMode {
  const words = cmdline.split(/\s+/)
  if (words.includes('no4lvl')) return 'sv39'
  return words.includes('no5lvl') ? 'sv48' : 'sv57'
}
