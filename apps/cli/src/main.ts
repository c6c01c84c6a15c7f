import { EXIT } from './errors'
import { watchInterrupt } from './interrupt'
import { runCommandLine } from './run'

/** A reader that has seen enough (`memhp list | head`) is no error. */
function endQuietlyWithoutReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.success)
    throw error
  })
}

const { stdout, stderr, env } = process
endQuietlyWithoutReader(stdout)
endQuietlyWithoutReader(stderr)
const outside = { stdout, stderr, environment: env, interrupt: watchInterrupt() }
void runCommandLine(process.argv.slice(2), outside).then((exitCode) => {
  // Set, not taken, so that all output is written first.
  process.exitCode = exitCode
})
