import type { AnyDriver } from '../model/driver'
import type { Machine } from '../model/machine'

/**
 * A driver whose state is checked by a check that comes apart from it, so that only programs that check machines carry it.
 * @param check of its state against the machine's; throws InvariantViolation
 * @beta
 */
export const checkedDriver = <Definition extends AnyDriver>(
  definition: Definition,
  check: (machine: Machine) => void,
): Definition => ({
  ...definition,
  create: (layout) => Object.assign(definition.create(layout), { check }),
})
