import { CommanderError } from 'commander'
import type { Outside } from './context'
import { EXIT, reportError } from './errors'
import { createProgram } from './program'

/**
 * Runs a command line to its end. Never throws: whatever goes wrong becomes words on standard error.
 * @param args without the interpreter and the script
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[], outside: Outside): Promise<number> {
  try {
    const program = await createProgram(args, outside)
    await program.parseAsync([...args], { from: 'user' })
    return EXIT.success
  } catch (error) {
    // Commander has printed its own words already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.badInput
    const { exitCode, lines } = reportError(error)
    for (const line of lines) outside.stderr.write(`${line}\n`)
    return exitCode
  }
}
