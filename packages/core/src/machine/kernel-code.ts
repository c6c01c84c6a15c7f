import { invariant } from '../errors/invariant'
import type { KernelCode } from '../model/kernel-code'
import type { Machine } from '../model/machine'

/** The code of a machine's generation, for rules that only it has. */
export function codeOf({ generation }: Machine): KernelCode {
  const { code } = generation
  invariant(code, `The generation ${generation.name} brings what its rules ask for.`)
  return code
}
