import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMMAND } from './command'
import type { Row } from './measure'

const BLOCKS = 32_768
const RUNS = 5

const BLOCK_FILES = { state: 'online', removable: '1', online: '1', valid_zones: 'Normal' } as const

/** A folder that stands for a host of 8 TiB in blocks of 256 MiB. */
function makeHost(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memhp-bench-'))
  const memory = join(folder, 'sys/devices/system/memory')
  mkdirSync(memory, { recursive: true })
  writeFileSync(join(memory, 'block_size_bytes'), '10000000\n')
  for (let id = 0; id < BLOCKS; id++) {
    const block = join(memory, `memory${id}`)
    mkdirSync(block)
    writeFileSync(join(block, 'phys_index'), `${id.toString(16).padStart(8, '0')}\n`)
    for (const [name, text] of Object.entries(BLOCK_FILES))
      writeFileSync(join(block, name), `${text}\n`)
  }
  return folder
}

/** What a program took from start to end. */
interface Use {
  readonly processorMs: number
  readonly peakMib: number
}

/** GNU time's words: seconds in user mode and in the kernel, and the largest resident set in KiB. */
const USE = /^use (\S+) (\S+) (\d+)$/m

/** Runs a program by GNU time. @returns undefined where one of both is not installed */
function useOf(program: string, args: readonly string[]): Use | undefined {
  const run = spawnSync('time', ['-f', 'use %U %S %M', program, ...args], { encoding: 'utf8' })
  if (run.error !== undefined || run.status === 127) return undefined
  const [, user, system, kib] = USE.exec(run.stderr) ?? []
  if (run.status !== 0) throw new Error(`${program} ended with ${run.status}:\n${run.stderr}`)
  return { processorMs: 1000 * (Number(user) + Number(system)), peakMib: Number(kib) / 1024 }
}

/** A program that reads the large host, or that is compared with one that does. */
interface Program {
  readonly name: string
  readonly args: readonly string[]
}

/**
 * The least that each program took. They run in turn, so that what else the machine does meets all of them.
 * @returns undefined where one of them is not installed
 */
function leastUses(programs: readonly Program[]): readonly Use[] | undefined {
  const least = programs.map((): Use => ({ processorMs: Infinity, peakMib: Infinity }))
  for (let run = 0; run < RUNS; run++) {
    for (const [at, { name, args }] of programs.entries()) {
      const use = useOf(name, args)
      const before = least[at]
      if (use === undefined || before === undefined) return undefined
      least[at] = {
        processorMs: Math.min(before.processorMs, use.processorMs),
        peakMib: Math.min(before.peakMib, use.peakMib),
      }
    }
  }
  return least
}

/** A command of memhp that reads the large host, and how many times lsmem's processor time it may take. */
interface Reading {
  readonly what: string
  readonly args: readonly string[]
  readonly most: number
}

function row(
  { what, most }: Reading,
  { memhp, lsmem, node }: { readonly memhp: Use; readonly lsmem: Use; readonly node: Use },
): Row {
  const spentMs = memhp.processorMs - node.processorMs
  const ratio = spentMs / lsmem.processorMs
  return {
    what: `memhp ${what} of ${BLOCKS.toLocaleString('en')} blocks, without node's own start`,
    figure: `${spentMs.toFixed(0)} ms of processor time, ${memhp.peakMib.toFixed(0)} MiB`,
    baseline: `lsmem: ${lsmem.processorMs.toFixed(0)} ms`,
    ratio,
    target: `at most ${most}x`,
    met: ratio <= most,
  }
}

const LEFT_OUT: Row = {
  what: `memhp list and capture of ${BLOCKS.toLocaleString('en')} blocks`,
  figure: 'left out',
  baseline: 'needs lsmem (util-linux) and time (GNU)',
  ratio: undefined,
  target: 'at most 3x, 2x, 10x',
  met: false,
}

/** What `memhp list` and `memhp capture` take for a large host, beside lsmem of the same folder. */
export function largeHostRows(): Row[] {
  if (useOf('lsmem', ['--version']) === undefined) return [LEFT_OUT]
  const host = makeHost()
  try {
    const capture = ['--arch', 'x86_64', '--force', '--output', join(host, 'capture.json.gz')]
    const readings: readonly Reading[] = [
      { what: 'list', args: ['list', '--sysroot', host], most: 3 },
      { what: 'list --like', args: ['list', '--like', '2.38', '--sysroot', host], most: 2 },
      { what: 'capture', args: ['capture', '--sysroot', host, ...capture], most: 10 },
    ]
    const [lsmem, node, ...uses] =
      leastUses([
        { name: 'lsmem', args: ['--sysroot', host] },
        { name: process.execPath, args: ['-e', '0'] },
        ...readings.map(({ args }) => ({ name: process.execPath, args: [COMMAND, ...args] })),
      ]) ?? []
    if (lsmem === undefined || node === undefined) return [LEFT_OUT]
    return readings.flatMap((reading, at) => {
      const memhp = uses[at]
      return memhp === undefined ? [] : [row(reading, { memhp, lsmem, node })]
    })
  } finally {
    rmSync(host, { recursive: true })
  }
}
