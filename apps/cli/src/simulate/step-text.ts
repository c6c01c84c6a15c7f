import type { SimStep } from '@memhp/conformance'
import { actionText } from '@memhp/scenario'

/** A step of a simulation in one line, as `memhp run` tells it. */
export function stepText({ operation, ...besides }: SimStep): string {
  if (operation.op === 'clear')
    return `drop all kernel memory that was put into block ${operation.block}`
  return actionText({ kind: 'operation', do: operation, ...besides })
}
