import { spawn } from 'node:child_process'
import { type Command, Option } from 'commander'
import { endGroup } from '../end-group'
import { CliError } from '../errors'

/** An answer to a POST is waited for so long, in milliseconds. */
const ANSWER_MS = 10_000

/** An address that is told by POST. @throws CliError for what is not one of http or https */
export function addressOf(text: string): URL {
  try {
    const url = new URL(text)
    if (url.protocol === 'http:' || url.protocol === 'https:') return url
  } catch {
    // It is told below.
  }
  throw new CliError(`--post ${JSON.stringify(text)}: an address of http or https is expected`)
}

/** The option of an address. @param when what it is told of */
export const postOption = (when: string): Option =>
  new Option('--post <url>', `${when}, as JSON, by POST`)

/** Adds an option of a command line that is run by sh. */
export const programOption = (command: Command, name: string, when: string): Command =>
  command.option(`--${name} <command>`, `run ${when}, by sh, with JSON on standard input`)

/**
 * Runs a command line, which gets a message on its standard input. What it prints goes to standard error: standard output is the
 * command's own.
 * @returns why it failed, in words; undefined where it did not
 */
export function tellProgram(
  line: string,
  message: object,
  signal: AbortSignal,
): Promise<string | undefined> {
  const child = spawn('sh', ['-c', line], { stdio: ['pipe', 2, 2], detached: true })
  // What it has started ends with it.
  const stop = (): void => endGroup(child)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  // One that does not read its input is told all the same.
  child.stdin?.on('error', () => {})
  child.stdin?.end(`${JSON.stringify(message)}\n`)
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, ended) => {
      signal.removeEventListener('abort', stop)
      const why = code === null ? `ended by ${ended}` : `exit code ${code}`
      resolve(code === 0 ? undefined : why)
    })
  })
}

/** Tells a message to an address. @returns why that failed, in words; undefined where it did not */
export async function tellAddress(
  url: URL,
  message: object,
  signal: AbortSignal,
): Promise<string | undefined> {
  const end = new AbortController()
  const stop = (): void => end.abort(new Error('interrupted'))
  const timer = setTimeout(() => end.abort(new Error('it does not answer')), ANSWER_MS)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(message),
      redirect: 'error',
      signal: end.signal,
    })
    await response.body?.cancel()
    return response.ok ? undefined : `status ${response.status}`
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const { cause } = error
    return cause instanceof Error ? cause.message : error.message
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
