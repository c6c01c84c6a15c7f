import type { Machine } from '@memhp/core'

/** `echo TEXT > PATH` as one command of a line; the shell appends a newline. */
const ECHO = /^\s*echo\s+(\S+)\s*>\s*(\/(?:sys|proc)\/\S+)\s*$/

/**
 * Does what a shell command in the guest does to the kernel: the writes of `echo` to files that the machine has. All else
 * in a command line only looks.
 * @throws HotplugError as the file refuses
 */
export function performShell(machine: Machine, commandLine: string): void {
  for (const command of commandLine.split(';')) {
    const [, text, path] = ECHO.exec(command) ?? []
    if (text === undefined || path === undefined) continue
    if (machine.tree.lookup(path) !== undefined) machine.tree.write(path, `${text}\n`)
  }
}
