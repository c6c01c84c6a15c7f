import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'

/**
 * A question at the terminal.
 * @returns the line that is answered; empty where the terminal ends instead, as by Ctrl-D
 * @throws why the signal is aborted, if it is: Ctrl-C aborts that of interrupts here as well
 */
export async function ask(question: string, signal?: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  // A terminal that is read key by key makes no signal of it.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  const ended = once(lines, 'close').then(() => '')
  try {
    return await Promise.race([lines.question(question, { ...(signal && { signal }) }), ended])
  } catch {
    signal?.throwIfAborted()
    return ''
  } finally {
    lines.close()
  }
}
