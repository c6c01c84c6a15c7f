// The kernel's own test of memory hot-plug, as it is, on the mounted twins of guests in which it ran (recordings/transcripts).
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Capture, parseCapture } from '@memhp/capture'
import { mountMachine } from '@memhp/mount'
import { PLUGINS } from '@memhp/platforms'
import { twinOf } from '@memhp/twin'
import { recordingText, selftestPaths } from 'memhp-recordings'
import { describe, expect, test, vi } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { canMount } from './can-mount'

vi.setConfig({ testTimeout: 120_000 })

/** Where scripts/fetch-selftest.mjs puts it. */
const CACHE =
  process.env.MEMHP_GUEST_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'memhp')
const SELFTEST = join(CACHE, 'selftest', 'mem-on-off-test.sh')

/** How it was run, and what became of it. */
interface Run {
  readonly args: string
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Recording {
  /** Of the guest before the first run. */
  readonly capture: Capture
  readonly runs: readonly Run[]
}

function canRun(): boolean {
  const lacks = [
    ...(existsSync(SELFTEST) ? [] : [`${SELFTEST} (node scripts/fetch-selftest.mjs)`]),
    ...['bash', 'bc', 'awk'].filter((name) => spawnSync('which', [name]).status !== 0),
  ]
  if (lacks.length > 0) console.warn(`NOT RUN: the kernel's selftest, without ${lacks.join(', ')}`)
  return lacks.length === 0 && canMount()
}

/** No module goes into this host's kernel: what modprobe says of that, and what bash says where there is none. */
const aboutModprobe = (line: string): boolean => !line.includes('modprobe')

/** Those of the newest kernels where time is short. */
const isWanted = (path: string): boolean => THOROUGH || /-7\.\d/.test(path)

describe.skipIf(!canRun())('the selftest of the kernel', () => {
  test.each(selftestPaths().filter(isWanted))(
    'prints what it printed in the guest: %s',
    async (path) => {
      const { capture, runs } = JSON.parse(recordingText(path)) as Recording
      const { machine } = await twinOf(parseCapture(JSON.stringify(capture)), PLUGINS)
      await using mounted = await mountMachine(machine)
      const answers: Run[] = []
      for (const { args } of runs) {
        const { result } = mounted.run('bash', [SELFTEST, ...args.split(' ')], {
          env: { LC_ALL: 'C' },
          cwd: '/',
        })
        const { status, stdout, stderr } = await result
        const complaints = stderr.split('\n').filter(aboutModprobe).join('\n')
        answers.push({ args, status, stdout, stderr: complaints })
      }
      expect(answers).toEqual(runs)
    },
  )
})
