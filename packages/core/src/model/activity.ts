/**
 * What is under way on a machine. The three phases are the kernel's device_hotplug_lock: free, held by an operation
 * between its transactions, and held with a transaction half done.
 * @alpha
 */
export interface Activity {
  phase: 'idle' | 'operation' | 'transaction'
  /** What hooks threw where nothing may fail any more; the operation's caller gets it when the operation is over. */
  readonly heldErrors: unknown[]
}
