/** A broken invariant: a bug in memhp or in a plugin, never an expected refusal. @public */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
}

/**
 * Throws unless the condition holds. Only the outermost edge of a program catches what it throws.
 * @throws InvariantViolation
 * @public
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantViolation(message)
}
