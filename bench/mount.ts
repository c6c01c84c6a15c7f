// A mounted machine beside plain files, and beside the real sysfs of this host, which is only read.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LocalTree } from '@memhp/core'
import { mountMachine } from '@memhp/mount'
import { boot, LARGE, SMALL } from './machines'
import type { Row } from './measure'

/** Opens, reads and closes a file again and again, as another process. It prints the microseconds of the median. */
const READER = `
const { openSync, readSync, closeSync } = require('node:fs')
const [path, count] = process.argv.slice(1)
const buffer = Buffer.alloc(4096)
const times = []
for (let i = 0; i < Number(count); i++) {
  const start = process.hrtime.bigint()
  const fd = openSync(path)
  readSync(fd, buffer, 0, 4096, 0)
  closeSync(fd)
  times.push(Number(process.hrtime.bigint() - start) / 1000)
}
console.log(times.sort((a, b) => a - b)[times.length >> 1])
`

const READS = 20_000
const MEMORY = '/sys/devices/system/memory'

/** Runs a program to its end, while this process serves it. @returns what it printed, and milliseconds */
async function run(program: string, args: readonly string[]): Promise<readonly [string, number]> {
  const start = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (text) => {
    output += text
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`${program} ended with ${code}`)
  return [output, performance.now() - start]
}

async function microsecondsOf(path: string): Promise<number> {
  const [median] = await run(process.execPath, ['-e', READER, path, String(READS)])
  return Number(median)
}

async function readRow(): Promise<Row> {
  await using mounted = await mountMachine(boot(SMALL))
  const file = `${MEMORY}/block_size_bytes`
  const figure = await microsecondsOf(mounted.directory + file)
  const real = existsSync(file) ? await microsecondsOf(file) : undefined
  return {
    what: 'open, read and close a file of a mounted machine',
    figure: `${figure.toFixed(0)} us, ${(1e6 / figure).toFixed(0)} a second`,
    baseline:
      real === undefined ? 'this host has no such file' : `real sysfs: ${real.toFixed(1)} us`,
    ratio: real === undefined ? undefined : figure / real,
    target: 'at most 100 us, 7,000 a second',
    met: figure <= 100 && 1e6 / figure >= 7000,
  }
}

/** Writes what lsmem reads of a tree into plain files. */
function copyMemory(tree: LocalTree, root: string): void {
  for (const name of tree.list(MEMORY)) {
    const from = `${MEMORY}/${name}`
    if (tree.lookup(from)?.kind === 'file') {
      if (name === 'block_size_bytes') writeFileSync(root + from, tree.read(from))
      continue
    }
    mkdirSync(root + from, { recursive: true })
    for (const each of ['state', 'removable', 'valid_zones', 'phys_index', 'phys_device'])
      writeFileSync(`${root}${from}/${each}`, tree.read(`${from}/${each}`))
  }
}

async function walkRows(): Promise<Row[]> {
  const machine = boot(LARGE)
  const plain = mkdtempSync(join(tmpdir(), 'memhp-bench-'))
  mkdirSync(plain + MEMORY, { recursive: true })
  await using mounted = await mountMachine(machine)
  try {
    copyMemory(machine.tree, plain)
    const programs: readonly [
      string,
      (root: string) => Promise<readonly [string, number]>,
      number,
    ][] = [
      ['lsmem', (root) => run('lsmem', ['--sysroot', root]), 3],
      [
        'grep -r of its memory',
        (root) => run('grep', ['-rsc', 'o', root + MEMORY, '--include=state']),
        10,
      ],
    ]
    const rows: Row[] = []
    for (const [what, walk, most] of programs) {
      for (const turn of ['for the first time', 'again']) {
        const [, mountedMs] = await walk(mounted.directory).catch(() => ['', Number.NaN] as const)
        const [, plainMs] = await walk(plain).catch(() => ['', Number.NaN] as const)
        rows.push({
          what: `${what}, 32,768 mounted blocks, ${turn}`,
          figure: `${(mountedMs / 1000).toFixed(1)} s`,
          baseline: `plain files: ${(plainMs / 1000).toFixed(2)} s`,
          ratio: mountedMs / plainMs,
          target: `at most ${most}x`,
          met: mountedMs <= most * plainMs,
        })
      }
    }
    return rows
  } finally {
    rmSync(plain, { recursive: true })
  }
}

/** What reading a mounted machine takes. */
export const mountRows = async (): Promise<Row[]> => [await readRow(), ...(await walkRows())]
