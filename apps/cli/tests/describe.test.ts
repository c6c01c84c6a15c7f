import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COMMANDS } from '../src/commands/registry'
import { describeCommands } from '../src/describe/command-shape'
import { SHELLS } from '../src/describe/completion'
import { runCli } from './run-cli'
import { writeSysroot } from './sysroot'

const there = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`])
    return true
  } catch {
    console.warn(`NOT RUN: what ${program} says`)
    return false
  }
}

const printed = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runCli(args)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

test('the man page has every command with every flag, and its help', async () => {
  const page = await printed('man')
  for (const { name, options, more } of await describeCommands(COMMANDS)) {
    expect(page).toContain(`.SS memhp ${name}`)
    for (const { flags } of options)
      expect(page).toContain(flags.replaceAll('-', '\\-').replaceAll('…', '...'))
    expect(page).toContain(more.split('\n').at(-1)?.trim().replaceAll('-', '\\-').slice(0, 20))
  }
  expect(page).not.toMatch(/[’‘“”…]/)
})

test('every command has examples in its help', async () => {
  const without = (await describeCommands(COMMANDS)).filter(
    ({ more, commands }) => commands.length === 0 && !/^Examples?:$/m.test(more),
  )
  expect(without.map(({ name }) => name)).toEqual([])
})

test.skipIf(!there('groff'))('groff finds nothing wrong with the man page', async () => {
  const page = await printed('man')
  const folder = await writeSysroot({ '/memhp.1': page })
  const command = 'groff -man -Tutf8 -ww "$0" 2>&1 >/dev/null'
  const said = execFileSync('sh', ['-c', command, join(folder, 'memhp.1')], { encoding: 'utf8' })
  expect(said).toBe('')
})

/** What bash offers for a line, its last word being completed. */
async function offered(line: string): Promise<readonly string[]> {
  const script = `${await printed('completion', 'bash')}
COMP_WORDS=(${line}); [ "\${1: -1}" = ' ' ] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _memhp; printf '%s\\n' "\${COMPREPLY[@]}"`
  const text = execFileSync('bash', ['-c', script, 'bash', line], {
    encoding: 'utf8',
    cwd: '/proc/self/fdinfo',
  })
  return text.trim().split('\n')
}

test.skipIf(!there('bash'))('bash completes commands, flags and choices', async () => {
  expect(await offered('memhp ')).toEqual(expect.arrayContaining(COMMANDS.map(({ name }) => name)))
  expect(await offered('memhp chm')).toEqual(['chmem'])
  expect(await offered('memhp list --like ')).toEqual(['2.38', '2.42'])
  expect(await offered('memhp chmem --ch')).toEqual(['--cheapest'])
  expect(await offered('memhp help expl')).toEqual(['explain'])
})

test.each(SHELLS)('the script for %s names every command and its flags', async (shell) => {
  const script = await printed('completion', shell)
  for (const { name, options } of await describeCommands(COMMANDS)) {
    expect(script).toContain(name)
    for (const { long } of options) expect(script).toContain(long?.slice(2))
  }
})

test('another shell is bad input', async () => {
  expect(await runCli(['completion', 'csh'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Allowed choices are bash, zsh, fish'),
  })
})
