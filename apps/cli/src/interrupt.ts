import { CliError, EXIT } from './errors'

/** What Ctrl-C does. */
export interface Interrupt {
  /**
   * From the first call on, Ctrl-C aborts this signal instead of ending the process, so that the command can
   * leave everything as it was. It must come back to the event loop often: a signal is heard nowhere else.
   * A second Ctrl-C ends the process all the same.
   */
  readonly signal: () => AbortSignal
}

/**
 * Watches SIGINT of this process for commands that ask for the signal. For all others the kernel ends the process at once, whatever it
 * is computing; shells show that as 130, too.
 */
export function watchInterrupt(): Interrupt {
  let controller: AbortController | undefined
  const watch = (): AbortController => {
    const watched = new AbortController()
    process.on('SIGINT', () => {
      if (watched.signal.aborted) process.exit(EXIT.interrupted)
      watched.abort(new CliError('interrupted', { exitCode: EXIT.interrupted }))
    })
    return watched
  }
  return {
    signal: () => {
      controller ??= watch()
      return controller.signal
    },
  }
}

/** Rejects with the reason of a signal once that is aborted; never where there is none. */
export const rejectionAt = (signal: AbortSignal | undefined): Promise<never> => {
  const rejection = new Promise<never>((_, reject) => {
    if (signal?.aborted) reject(signal.reason as Error)
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  // It may reject while no one waits.
  rejection.catch(() => undefined)
  return rejection
}

/**
 * Does something that a signal may end, and tells then how far it came.
 * @throws what it throws; the signal's reason, once that is told
 */
export async function tellingHowFar(
  signal: AbortSignal | undefined,
  { act, tell }: { readonly act: () => Promise<void>; readonly tell: () => unknown },
): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (signal?.aborted && error === signal.reason) tell()
    throw error
  }
}
