import { type Errno, HotplugError, type Machine } from '@memhp/core'
import { injectFault } from '@memhp/core/inspect'

/** What is made to fail: an injection point (docs/injection-points.md), or a step of a transaction. */
export interface FaultDeed {
  /** Its name, `offline/migrate`; default: any step that may fail. */
  readonly point?: string
  /** Which passing of it fails, or which step, counted from when the fault begins to stand; 0 is the first one. */
  readonly index: number
  readonly errno: Errno
}

/** A fault that stands, until it is ended. */
export interface StandingFault {
  /** How often the point was passed, or how many steps were. */
  readonly passed: number
  /** Whether it came to the passing that fails. */
  readonly hasFailed: boolean
  end(): void
}

/** The refusal at a point that is made to fail. */
export const injected = (point: string, errno: Errno): HotplugError =>
  new HotplugError('FAULT_INJECTED', errno, `${point} was made to fail.`)

/** Has a fault stand for the operations to come. */
export function standFault(machine: Machine, deed: FaultDeed): StandingFault {
  const { index, errno, point: wanted } = deed
  let passed = 0
  const end = injectFault(machine, (point, step) => {
    if (wanted === undefined ? step === null : point !== wanted) return undefined
    passed += 1
    return passed - 1 === index ? injected(point, errno) : undefined
  })
  return {
    get passed() {
      return passed
    },
    get hasFailed() {
      return passed > index
    },
    end,
  }
}
