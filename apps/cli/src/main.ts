#!/usr/bin/env node
import { EXIT, reportError } from './errors'
import { watchInterrupt } from './interrupt'
import { createProgram } from './program'

/** A reader that has seen enough (`memhp list | head`) is no error. */
function endQuietlyWithoutReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.success)
    throw error
  })
}

/** Runs the command line. The exit code is set, not taken, so that all output is written first. */
async function main(args: readonly string[]): Promise<void> {
  endQuietlyWithoutReader(process.stdout)
  endQuietlyWithoutReader(process.stderr)
  const interrupt = watchInterrupt()
  try {
    const program = await createProgram(args, interrupt)
    await program.parseAsync([...args], { from: 'user' })
  } catch (error) {
    const { exitCode, lines } = reportError(error)
    for (const line of lines) process.stderr.write(`${line}\n`)
    process.exitCode = exitCode
  }
}

await main(process.argv.slice(2))
