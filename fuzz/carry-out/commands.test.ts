import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { baseText, TRACES } from '../bases'
import type { CommandInput } from '../input'
import { carryOutCommands } from './commands'

const input = (...lines: string[][]): CommandInput => ({
  kind: 'flags',
  entries: [],
  lines,
  stdin: '',
})

/** A host captured while it took all its memory offline. */
const GOING: CommandInput = {
  kind: 'sysroot',
  entries: [
    {
      path: 'tree',
      tree: 'ppc64le-radix-three-nodes',
      changes: [{ kind: 'name-text', name: 'state', text: 'going-offline' }],
    },
  ],
  lines: [['capture', '--sysroot', 'tree', '-o', 'out.json.gz', '--arch', 'ppc64le']],
  stdin: '',
}

const { TMPDIR } = process.env
const workingDirectory = process.cwd()
const own = mkdtempSync(join(tmpdir(), 'memhp-fuzz-test-'))
beforeAll(() => {
  process.env.TMPDIR = own
})
afterAll(() => {
  // Files of tests share a process, whose working directory an input changes.
  process.chdir(workingDirectory)
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
  rmSync(own, { recursive: true })
})

it('nothing that lies where temporary folders are belongs to an input', async () => {
  // Seed 81293888 of flags replayed every recording that lay there.
  writeFileSync(join(own, 'trace.json'), baseText(`trace:${TRACES[0]}`))
  expect(
    await carryOutCommands(input(['replay', own], ['replay', '..']), { mode: 'here' }),
  ).toEqual({
    codes: ['0', '2'],
  })
})

it('a block that was going offline is online in its twin: seed 81401447 of sysroot', async () => {
  expect(await carryOutCommands(GOING, { mode: 'here' })).toEqual({ codes: ['0'] })
})
