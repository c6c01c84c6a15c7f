// What programs of Debian 12 printed in guests is what they print on the mounted twin of the guest (recordings/transcripts).
import { spawnSync } from 'node:child_process'
import { type Capture, parseCapture } from '@memhp/capture'
import { type MountedMachine, mountMachine } from '@memhp/mount'
import { PLUGINS } from '@memhp/platforms'
import { twinOf } from '@memhp/twin'
import { recordingText, transcriptPaths } from 'memhp-recordings'
import { describe, expect, test, vi } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import { canMount } from './can-mount'

vi.setConfig({ testTimeout: 120_000 })

/** A command, and what became of it. */
interface Answer {
  readonly run: string
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Transcript {
  readonly kernel: string
  /** Of the guest before the first command. */
  readonly capture: Capture
  readonly commands: readonly Answer[]
}

/** The programs that ran in the guests. */
const PROGRAMS = [
  ['lsmem', /util-linux 2\.38\.1/],
  ['ls', /coreutils\) 9\.1/],
] as const

/** Whether the programs of this host are those that ran in the guests. */
function hasPrograms(): boolean {
  const others = PROGRAMS.filter(
    ([name, version]) => !version.test(spawnSync(name, ['--version'], { encoding: 'utf8' }).stdout),
  )
  for (const [name] of others) console.warn(`NOT RUN: transcripts, for ${name} is not Debian 12's`)
  return others.length === 0
}

/** That of the newest x86-64 where time is short. */
const isWanted = (path: string): boolean => THOROUGH || /x86_64-7\.\d/.test(path)

const ENVIRONMENT = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' }

async function answer(mounted: MountedMachine, run: string): Promise<Answer> {
  const { result } = mounted.run('sh', ['-c', run], { env: ENVIRONMENT, cwd: '/' })
  const { status, stdout, stderr } = await result
  return { run, status, stdout, stderr }
}

describe.skipIf(!canMount() || !hasPrograms())('a transcript', () => {
  test.each(transcriptPaths().filter(isWanted))('%s', async (path) => {
    const { capture, commands } = JSON.parse(recordingText(path)) as Transcript
    const { machine } = await twinOf(parseCapture(JSON.stringify(capture)), PLUGINS)
    await using mounted = await mountMachine(machine)
    const answers: Answer[] = []
    for (const { run } of commands) answers.push(await answer(mounted, run))
    expect(answers).toEqual(commands)
  })
})
