// Programs of Debian that know nothing of memhp, on machines that `memhp exec` shows them.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { canMount } from './can-mount'
import { spawnCli } from './run-cli'

vi.setConfig({ testTimeout: 120_000 })

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const DAX = at('scenarios/36-dax-kmem.yaml')
const CAPTURE = at('captures/x86_64-one-node.json.gz')

function has(program: string): boolean {
  const isThere = spawnSync('which', [program]).status === 0
  if (!isThere) console.warn(`NOT RUN: ${program}, for it is not installed`)
  return isThere
}

const exec = async (machine: readonly string[], script: string): Promise<string> => {
  const { code, stdout, stderr } = await spawnCli(['exec', ...machine, '--', 'sh', '-c', script])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe.skipIf(!canMount() || !has('daxctl'))('daxctl', () => {
  const list = async (script: string): Promise<unknown> =>
    JSON.parse(await exec([DAX, '--until', '0'], script))

  const DEVICES = [
    {
      chardev: 'dax1.0',
      size: 2 ** 30,
      target_node: 1,
      align: 2 ** 21,
      mode: 'system-ram',
      online_memblocks: 7,
      total_memblocks: 7,
      movable: true,
    },
    {
      chardev: 'dax0.0',
      size: 2 ** 29,
      target_node: 1,
      align: 2 ** 21,
      mode: 'system-ram',
      online_memblocks: 4,
      total_memblocks: 4,
      movable: true,
    },
  ]

  it('lists the devices of a machine, with the blocks that kmem made of them', async () => {
    expect(await list('daxctl list')).toEqual(DEVICES)
  })

  it('takes the memory of one offline', async () => {
    const { movable: _, ...offline } = { ...DEVICES[0], online_memblocks: 0 }
    const changed = 'daxctl offline-memory dax1.0 >/dev/null 2>&1; daxctl list --dev=dax1.0'
    expect(await list(changed)).toEqual([offline])
  })

  it('finds a character device of each that has its number and cannot be opened', async () => {
    const script = 'stat -c "%n %F %t:%T" /dev/dax*; cat /dev/dax0.0 2>&1; ls /dev/null'
    expect(await exec([DAX, '--until', '0'], script)).toBe(
      [
        '/dev/dax0.0 character special file fd:0',
        '/dev/dax1.0 character special file fd:1',
        'cat: /dev/dax0.0: Permission denied',
        '/dev/null',
        '',
      ].join('\n'),
    )
  })
})

describe.skipIf(!canMount() || !has('numactl'))('numactl', () => {
  it('tells the nodes of a machine, their processors, memory and distances', async () => {
    const text = await exec([DAX, '--until', '0'], 'numactl --hardware')
    expect(text.replace(/ (?:size|free): \d+ MB/g, '')).toBe(
      [
        'available: 2 nodes (0-1)',
        'node 0 cpus: 0',
        'node 0',
        'node 0',
        'node 1 cpus:',
        'node 1',
        'node 1',
        'node distances:',
        'node   0   1 ',
        '  0:  10  20 ',
        '  1:  20  10 ',
        '',
      ].join('\n'),
    )
  })
})

describe.skipIf(!canMount() || !has('numastat'))('numastat', () => {
  it('tells what was allocated on the nodes of a capture, as it was then', async () => {
    const text = await exec([CAPTURE], 'numastat')
    expect(
      text
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/ +/)),
    ).toEqual([
      ['numa_hit', '19039'],
      ['numa_miss', '0'],
      ['numa_foreign', '0'],
      ['interleave_hit', '596'],
      ['local_node', '19039'],
      ['other_node', '0'],
    ])
  })

  it('tells of a machine that was not captured what is in use', async () => {
    const text = await exec(['x86_64'], 'grep . /sys/devices/system/node/node0/numastat; numastat')
    expect(text).toMatch(/^numa_hit [1-9]\d*\nnuma_miss 0\n/)
  })
})

describe.skipIf(!canMount() || !has('busybox') || !has('perl'))('busybox uevent', () => {
  it('prints what the kernel would send', async () => {
    // Its line of the first event tells that it listens.
    const script = `
      out=$(mktemp)
      busybox uevent >$out & listener=$!
      state=/sys/devices/system/memory/memory10/state
      until grep -q DEVPATH $out; do printf offline >$state; printf online >$state; sleep 0.1; done
      kill $listener; grep -E '^(ACTION|DEVPATH|SUBSYSTEM)=' $out | sed 3q; rm $out`
    expect(await exec(['--uevents', 'x86_64'], script)).toMatch(
      /^ACTION=(?:offline|online)\nDEVPATH=\/devices\/system\/memory\/memory10\nSUBSYSTEM=memory\n$/,
    )
  })
})
