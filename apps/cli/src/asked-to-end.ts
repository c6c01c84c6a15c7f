import type { CliContext } from './context'

/** Resolves at Ctrl-C, at SIGTERM and at SIGHUP. */
export const askedToEnd = (context: CliContext): Promise<void> =>
  new Promise((resolve) => {
    const interrupt = context.interruptSignal()
    if (interrupt.aborted) resolve()
    interrupt.addEventListener('abort', () => resolve(), { once: true })
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
