import { availableParallelism } from 'node:os'
import type { Outside } from './context'
import { EXIT } from './errors'
import { watchInterrupt } from './interrupt'
import { watchReaders } from './readers'
import { runCommandLine } from './run'

/** Threads run what is built, and the sources are not: there, everything is done in this thread. */
const WORKERS = import.meta.url.endsWith('.ts')
  ? {}
  : {
      workers: {
        url: new URL('../bin/thread.cjs', import.meta.url),
        count: availableParallelism(),
      },
    }

const { stdin, stdout, stderr, env } = process

/** What is built can be loaded later by its file alone: there, `import` of a module of Node finds no loader. */
const ask: Outside['ask'] = async (question, signal) =>
  (await import('./ask')).ask(question, signal)

const readers = watchReaders(process)
const outside = {
  stdout,
  stderr,
  environment: env,
  interrupt: watchInterrupt(),
  readers,
  ...(stdin.isTTY === true && stderr.isTTY === true ? { ask } : {}),
  ...WORKERS,
}
void runCommandLine(process.argv.slice(2), outside).then((exitCode) => {
  // Set, not taken, so that all output is written first.
  process.exitCode = exitCode === EXIT.success && readers.isOutputLost() ? EXIT.output : exitCode
})
