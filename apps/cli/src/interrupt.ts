import { CliError, EXIT } from './errors'

/** What Ctrl-C does. */
export interface Interrupt {
  /**
   * From the first call on, Ctrl-C aborts this signal instead of ending the process, so that the command can
   * leave everything as it was. A second Ctrl-C ends the process all the same.
   */
  readonly signal: () => AbortSignal
}

/** Watches SIGINT of this process. Unless a command asks for the signal, Ctrl-C ends the process with 130. */
export function watchInterrupt(): Interrupt {
  let controller: AbortController | undefined
  process.on('SIGINT', () => {
    if (controller === undefined || controller.signal.aborted) process.exit(EXIT.interrupted)
    controller.abort(new CliError('interrupted', { exitCode: EXIT.interrupted }))
  })
  return {
    signal: () => {
      controller ??= new AbortController()
      return controller.signal
    },
  }
}
