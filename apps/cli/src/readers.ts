import { EXIT } from './errors'

/** Whoever reads what the command says. */
export interface Readers {
  /** Does something to its end, be it that a standard stream cannot be written meanwhile: what is said may be lost. */
  readonly outlive: <T>(act: () => Promise<T>) => Promise<T>
  /** Whether results were lost meanwhile by other than a reader that is gone. */
  readonly isOutputLost: () => boolean
}

/**
 * Ends the process where a standard stream cannot be written. A reader that has seen enough (`memhp list | head`) is not an error; a full
 * disk is one, and is told once.
 */
export function watchReaders({
  stdout,
  stderr,
}: Pick<NodeJS.Process, 'stdout' | 'stderr'>): Readers {
  let outliving = 0
  let isLost = false
  const endUnlessOutlived = (exitCode: number): void => {
    // What the command came to, where that says more than that it is done.
    if (outliving === 0) process.exit(process.exitCode || exitCode)
  }
  stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return endUnlessOutlived(EXIT.success)
    if (!isLost) stderr.write(`memhp: standard output: ${message}\n`)
    isLost = true
    endUnlessOutlived(EXIT.output)
  })
  stderr.on('error', ({ code }: NodeJS.ErrnoException) => {
    endUnlessOutlived(code === 'EPIPE' ? EXIT.success : EXIT.output)
  })
  return {
    outlive: async (act) => {
      outliving += 1
      try {
        return await act()
      } finally {
        outliving -= 1
      }
    },
    isOutputLost: () => isLost,
  }
}
