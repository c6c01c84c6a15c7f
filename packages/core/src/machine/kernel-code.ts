import { invariant } from '../errors/invariant'
import type { KernelCode, LaterCode } from '../model/kernel-code'
import type { Machine } from '../model/machine'

/** The code of a machine's generation, for rules that only it has. */
export function codeOf({ generation }: Machine): KernelCode {
  const { code } = generation
  invariant(code, `The generation ${generation.name} brings what its rules ask for.`)
  return code
}

/** The code of a machine's generation, for rules that only kernels after 6.1 have. */
export function laterCodeOf({ generation }: Machine): LaterCode {
  const { later } = generation
  invariant(later, `The generation ${generation.name} brings what its rules ask for.`)
  return later
}
