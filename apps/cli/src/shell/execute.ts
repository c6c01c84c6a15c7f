import { isHotplugError, settle } from '@memhp/core'
import { collectText } from './collected-text'
import { COMMANDS } from './commands'
import { type Expansion, expandText, expandWords } from './expand'
import { parseCommands } from './parse'
import { redirect, strerror, type Target } from './redirect'
import type { ShellIo, ShellState } from './state'
import {
  type AndOr,
  type Command,
  type CommandList,
  type ForLoop,
  type Pipeline,
  type Redirect,
  ShellLimitError,
  ShellSyntaxError,
  type SimpleCommand,
} from './syntax'

/** Exit codes that a shell itself gives. */
const STATUS = { success: 0, failure: 1, syntax: 2, notFound: 127 } as const

/** Commands that the shell itself would be: their write errors are the shell's. */
const BUILT_IN = ['echo', 'printf', 'pwd']

/**
 * Runs a line or a script.
 * @returns its status; 2 where it is not a command, or asks for more text than there is room for
 */
export async function runText(shell: ShellState, text: string, io: ShellIo): Promise<number> {
  try {
    await runList(shell, parseCommands(text), io)
  } catch (error) {
    if (!(error instanceof ShellSyntaxError || error instanceof ShellLimitError)) throw error
    io.err(`sh: ${error.message}\n`)
    shell.status = STATUS.syntax
  }
  return shell.status
}

async function runList(shell: ShellState, list: CommandList, io: ShellIo): Promise<void> {
  for (const item of list) {
    if (shell.exit !== null) return
    await runAndOr(shell, item, io)
  }
}

async function runAndOr(shell: ShellState, { first, rest }: AndOr, io: ShellIo): Promise<void> {
  await runPipeline(shell, first, io)
  for (const { operator, pipeline } of rest) {
    if (shell.exit !== null) return
    const isWanted = (shell.status === STATUS.success) === (operator === '&&')
    if (isWanted) await runPipeline(shell, pipeline, io)
  }
}

async function runPipeline(shell: ShellState, pipeline: Pipeline, io: ShellIo): Promise<void> {
  const { commands, negated } = pipeline
  let { stdin } = io
  for (const [index, command] of commands.entries()) {
    if (index === commands.length - 1) {
      await runCommand(shell, command, { ...io, stdin })
      break
    }
    const piped = collectText()
    await runCommand(shell, command, { stdin, out: piped.add, err: io.err })
    stdin = piped.text
  }
  if (negated) shell.status = shell.status === STATUS.success ? STATUS.failure : STATUS.success
}

async function runCommand(shell: ShellState, command: Command, io: ShellIo): Promise<void> {
  if (command.kind === 'for') return runLoop(shell, command, io)
  if (command.kind === 'simple') {
    shell.status = await runSimple(shell, command, io)
    return
  }
  for (const { test, body } of command.branches) {
    await runList(shell, test, io)
    if (shell.status === STATUS.success) return runList(shell, body, io)
  }
  shell.status = STATUS.success
  if (command.otherwise !== null) await runList(shell, command.otherwise, io)
}

async function runLoop(shell: ShellState, loop: ForLoop, io: ShellIo): Promise<void> {
  const values = await expandWords(loop.words, expansionOf(shell, io))
  shell.status = STATUS.success
  for (const value of values) {
    shell.variables.set(loop.name, value)
    await runList(shell, loop.body, io)
    if (shell.exit !== null) return
  }
}

function expansionOf(shell: ShellState, io: ShellIo): Expansion {
  return {
    tree: shell.session.machine.tree,
    cwd: shell.cwd,
    variable: (name) => {
      if (name === '?') return `${shell.status}`
      if (name === 'PWD') return shell.cwd
      return shell.variables.get(name) ?? ''
    },
    output: async (list) => {
      const output = collectText()
      const inner = { ...shell, variables: new Map(shell.variables) }
      await runList(inner, list, { ...io, out: output.add })
      return output.text
    },
  }
}

async function targetsOf(
  redirects: readonly Redirect[],
  expansion: Expansion,
): Promise<readonly Target[]> {
  const targets: Target[] = []
  for (const each of redirects) {
    if (each.kind === 'duplicate') targets.push(each)
    else targets.push({ ...each, path: await expandText(each.target, expansion) })
  }
  return targets
}

async function runSimple(shell: ShellState, command: SimpleCommand, io: ShellIo): Promise<number> {
  const expansion = expansionOf(shell, io)
  const words = await expandWords(command.words, expansion)
  if (words.length === 0) {
    for (const { name, value } of command.assignments) {
      shell.variables.set(name, await expandText(value, expansion))
    }
  }
  const targets = await targetsOf(command.redirects, expansion)
  const { tree } = shell.session.machine
  const redirected = redirect(tree, { io, cwd: shell.cwd, targets })
  if ('refusal' in redirected) {
    io.err(`sh: ${redirected.refusal}\n`)
    return STATUS.failure
  }
  const status = words.length === 0 ? STATUS.success : await runWords(shell, words, redirected.io)
  try {
    redirected.close()
    return status
  } catch (error) {
    if (!isHotplugError(error)) throw error
    const [name = ''] = words
    io.err(`${BUILT_IN.includes(name) ? 'sh' : name}: write error: ${strerror(error.errno)}\n`)
    return STATUS.failure
  } finally {
    // The kernel's deferred work is done before anybody types again.
    settle(shell.session.machine)
  }
}

async function runWords(shell: ShellState, words: readonly string[], io: ShellIo): Promise<number> {
  const [name = '', ...args] = words
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    io.err(`sh: ${name}: not found\n`)
    return STATUS.notFound
  }
  return command.run({
    shell,
    args,
    io,
    runCommand: async (inner, innerIo) => runWords(shell, inner, innerIo),
  })
}
