import type { RiscvOptions } from './options'

/** The kinds of it. */
export const VARIANTS: Readonly<Record<string, Partial<RiscvOptions>>> = {
  sv57: {},
  sv48: { mode: 'sv48' },
  sv39: { mode: 'sv39' },
}
