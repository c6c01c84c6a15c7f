import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { MEMORY_COUNTERS } from '@memhp/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type MountedMachine, mountMachine, type RunResult } from '../src/index'
import { OVERLAY_SCRIPT } from '../src/namespace/script'
import { CAN_MOUNT, guest } from './machine'

const MEMORY = '/sys/devices/system/memory'

/** States of this host's blocks; only read. */
function hostStates(): string {
  try {
    return readdirSync(MEMORY)
      .filter((name) => /^memory\d+$/.test(name))
      .map((name) => `${name} ${readFileSync(`${MEMORY}/${name}/state`, 'utf8')}`)
      .join('')
  } catch {
    return 'none'
  }
}

describe.skipIf(!CAN_MOUNT)('a program on a machine', () => {
  const before = hostStates()
  let mounted: MountedMachine
  const shell = (text: string): Promise<RunResult> => mounted.run('sh', ['-c', text]).result

  beforeAll(async () => {
    mounted = await mountMachine(guest())
  })
  afterAll(async () => {
    await mounted.unmount()
    expect(hostStates()).toBe(before)
  })

  it.each([
    [[], /^command is missing\./],
    [[''], /^command must be the name of a program/],
    [['echo', 'hello'], /^args must be a list/],
    [['echo', [1]], /^args\.0 must be a text/],
    [['echo', [], { tiemout: 5 }], /^options\.tiemout this key is not known/],
    [['echo', [], { uevents: 'netlnk' }], /^options\.uevents must be "?netlink"?/],
  ])('is refused where it is not one: %j', (args, message) => {
    const run = mounted.run as (...args: readonly unknown[]) => unknown
    expect(() => run(...args)).toThrow(
      expect.objectContaining({ code: 'BAD_ARGUMENT', message: expect.stringMatching(message) }),
    )
  })

  it('sees its memory, and the rest of the host', async () => {
    const { status, stdout } = await shell(
      `stat -f -c %t ${MEMORY}; cat ${MEMORY}/memory32/state; ls -d /sys/devices/system/cpu; head -1 /proc/meminfo; readlink -f ${MEMORY}/memory32/subsystem`,
    )
    expect(stdout.split('\n')).toEqual([
      '65735546',
      'offline',
      '/sys/devices/system/cpu',
      expect.stringMatching(/^MemTotal: +\d+ kB$/),
      '/sys/bus/memory',
      '',
    ])
    expect(status).toBe(0)
  })

  it('does not find what the machine has not got, and finds what this host has not got', async () => {
    const { stdout } = await shell(
      'ls /sys/firmware/memory 2>&1; ls /sys/kernel/debug/notifier-error-inject/memory; ls /sys/kernel/mm -d',
    )
    expect(stdout).toContain("cannot access '/sys/firmware/memory'")
    expect(stdout).toContain('actions')
    expect(stdout).toContain('/sys/kernel/mm')
  })

  it('does not run where it would read files of this host for those that a part of the machine brings', async () => {
    await using bare = await mountMachine(guest({}))
    await using counting = await mountMachine(guest({ memoryCounters: MEMORY_COUNTERS }))
    const remedy = 'make the machine with subsystems: SUBSYSTEMS of @memhp/core'
    const refusal = (names: string): unknown =>
      expect.objectContaining({
        code: 'HOST_WOULD_SHOW',
        message: expect.stringContaining(`the machine has no ${names}`),
        remedy,
      })
    expect(() => bare.run('true')).toThrow(refusal('/proc/meminfo, /proc/zoneinfo'))
    expect(() => counting.run('true')).toThrow(refusal('/proc/kpageflags'))
  })

  it('finds debugfs in the table of mounts, and can load no module into the kernel of this host', async () => {
    const { stdout } = await shell('mount -t debugfs | head -1; grep CapEff /proc/self/status')
    const [debugfs, capabilities = ''] = stdout.split('\n')
    expect(debugfs).toMatch(/ on \/sys\/kernel\/debug type debugfs /)
    expect((BigInt(`0x${capabilities.split('\t')[1]}`) >> 16n) & 1n).toBe(0n)
  })

  it('changes the machine with the tools of util-linux', async () => {
    expect(await shell('chmem --enable 256M && chmem --disable -b 33')).toMatchObject({
      stderr: '',
      status: 0,
    })
    const { stdout } = await shell('lsmem --output RANGE,STATE,ZONES --noheadings --summary=never')
    expect(stdout.split('\n').map((line) => line.trim().replace(/ +/g, ' '))).toEqual([
      '0x0000000000000000-0x0000000007ffffff online None',
      '0x0000000008000000-0x000000003fffffff online DMA32',
      '0x0000000100000000-0x0000000107ffffff online Movable',
      '0x0000000108000000-0x000000013fffffff offline Normal/Movable',
      '',
    ])
    const refused = await shell('chmem --disable -b 0')
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/disable failed: Invalid argument/),
    })
  })

  it('hears of uevents by netlink, where it is to, in a network namespace', async () => {
    const listener = `
      use Socket; $| = 1;
      socket(S, 16, 3, 15) && bind(S, pack('SSLL', 16, 0, 0, 1)) or die;
      open(F, '>', '${MEMORY}/memory38/state') && syswrite(F, $_) && close(F) or die for 'online', 'offline';
      alarm 20;
      for (1, 2) { recv(S, $m, 4096, 0); print join(' ', grep(!/^SEQNUM/, split("\\0", $m))), "\\n"; }`
    const options = { uevents: 'netlink' } as const
    const { stdout, stderr, status } = await mounted.run('perl', ['-e', listener], options).result
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    const device = 'DEVPATH=/devices/system/memory/memory38 SUBSYSTEM=memory'
    expect(stdout.split('\n')).toEqual([
      `online@/devices/system/memory/memory38 ACTION=online ${device}`,
      `offline@/devices/system/memory/memory38 ACTION=offline ${device}`,
      '',
    ])
    const devices = await mounted.run('cat', ['/proc/self/net/dev'], options).result
    expect(devices.stdout.match(/^ *\S+:/gm)).toEqual([expect.stringContaining('lo:')])
  })

  it('finds news by poll in a file of sysfs that it has not read yet, as in the kernel', async () => {
    const program = `
      for my $path ('${MEMORY}/memory33/state', '/proc/meminfo') {
        open(F, '<', $path) or die;
        for (1, 2) {
          my ($in, $news) = ('', ''); vec($in, fileno(F), 1) = 1; vec($news, fileno(F), 1) = 1;
          select($in, undef, $news, 5); print vec($in, fileno(F), 1), vec($news, fileno(F), 1), ' ';
          sysread(F, $text, 4096);
        }
      }`
    const { stdout, status } = await mounted.run('perl', ['-e', program]).result
    expect({ stdout, status }).toEqual({ stdout: '11 10 10 10 ', status: 0 })
  })

  it('and others hear of uevents late, or never, where that is asked for', async () => {
    const heard: string[] = []
    const stop = mounted.hearUevents(({ action, devpath }) => heard.push(`${action} ${devpath}`))
    const change = async (word: string): Promise<void> => {
      await shell(`echo ${word} >${MEMORY}/memory37/state`)
    }
    mounted.deliverUevents('held')
    await change('online')
    expect(heard).toEqual([])
    mounted.deliverUevents('prompt')
    const online = 'online /devices/system/memory/memory37'
    expect(heard).toEqual([online])
    mounted.deliverUevents('lost')
    await change('offline')
    mounted.deliverUevents('held')
    await change('online')
    mounted.deliverUevents('lost')
    mounted.deliverUevents('prompt')
    await change('offline')
    expect(heard).toEqual([online, 'offline /devices/system/memory/memory37'])
    stop()
    await change('online')
    expect(heard).toHaveLength(2)
  })

  it('ends as it ends', async () => {
    expect(await shell('exit 7')).toMatchObject({ status: 7, signal: null })
    expect(await shell('kill -TERM $$')).toMatchObject({ status: null, signal: 'SIGTERM' })
    expect(await mounted.run('no-such-program').result).toMatchObject({ status: 127 })
  })

  it('may be killed in the middle of what it does, and others go on', async () => {
    const { child, result } = mounted.run('sh', ['-c', `while :; do cat ${MEMORY}/*/state; done`])
    child.stdout?.once('data', () => child.kill('SIGKILL'))
    expect((await result).signal).toBe('SIGKILL')
    expect((await shell(`cat ${MEMORY}/memory39/state`)).stdout).toBe('offline\n')
  })

  it('is one of many that read and change the machine, and this process goes on meanwhile', async () => {
    const reader = `for i in $(seq 40); do cat ${MEMORY}/*/state >/dev/null || exit 9; done`
    const writer = `for i in $(seq 20); do chmem --enable -b 36 && chmem --disable -b 36 || exit 8; done`
    let ticks = 0
    const timer = setInterval(() => {
      ticks += 1
    }, 5)
    const own = async (): Promise<void> => {
      for (let i = 0; i < 100; i++) await readFile(`${mounted.directory}${MEMORY}/memory0/state`)
    }
    const programs = [reader, reader, writer, reader].map(shell)
    const ended = await Promise.all([...programs, own()])
    clearInterval(timer)
    expect(ended.map((each) => each?.stderr || each?.status)).toEqual([0, 0, 0, 0, undefined])
    expect(ticks).toBeGreaterThan(10)
  })

  it('is answered where a test has stopped the clocks of this process', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] })
    const { stdout } = await shell(`for i in $(seq 50); do cat ${MEMORY}/*/state; done | wc -l`)
    vi.useRealTimers()
    expect(stdout).toBe('800\n')
  })

  it('is not run where the memory in sight is that of this host', async () => {
    const words = ['--mount', '--propagation', 'private', 'sh', '-c', OVERLAY_SCRIPT, 'memhp']
    const child = spawn('unshare', [...words, '', mounted.directory, '0', 'echo', 'ran'])
    let output = ''
    child.stdout.on('data', (text) => {
      output += text
    })
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(125)
    expect(output).toBe('')
  })
})
