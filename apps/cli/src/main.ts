import { availableParallelism } from 'node:os'
import type { Outside } from './context'
import { EXIT } from './errors'
import { watchInterrupt } from './interrupt'
import { runCommandLine } from './run'

/** A reader that has seen enough (`memhp list | head`) is not an error; a full disk is one, and is told once. */
function endWithoutReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.success)
    if (stream === process.stdout)
      process.stderr.write(`memhp: standard output: ${error.message}\n`)
    process.exit(EXIT.output)
  })
}

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

endWithoutReader(stdout)
endWithoutReader(stderr)
const outside = {
  stdout,
  stderr,
  environment: env,
  interrupt: watchInterrupt(),
  ...(stdin.isTTY === true && stderr.isTTY === true ? { ask } : {}),
  ...WORKERS,
}
void runCommandLine(process.argv.slice(2), outside).then((exitCode) => {
  // Set, not taken, so that all output is written first.
  process.exitCode = exitCode
})
