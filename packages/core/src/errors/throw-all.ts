/**
 * Throws what was thrown: nothing where nothing was, one error as it is, several as an `AggregateError` in their order.
 * @beta
 */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 0) return
  const [first] = errors
  if (errors.length === 1) throw first
  throw new AggregateError(errors, `${errors.length} errors, the first: ${String(first)}`)
}
