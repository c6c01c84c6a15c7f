import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { writeSysroot } from './sysroot'

const capture = fileURLToPath(
  new URL('../../../captures/x86_64-three-nodes.json.gz', import.meta.url),
)
const DUMP = `[   16.233517] page: refcount:1 mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x100800
[   16.233816] flags: 0xfffffc0010200(head|node=0|zone=1|lastcpupid=0x1fffff)
[   16.233817] page_type: f2(table)
[   16.234244] page dumped because: unmovable page
`

async function log(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'memhp-log-')), 'dmesg.txt')
  await writeFile(path, text)
  return path
}

async function verdicts(...words: string[]): Promise<readonly string[]> {
  const { code, stdout } = await runCli(['explain', '--json', ...words])
  expect(code).toBe(0)
  const { explanations } = JSON.parse(stdout)
  return explanations.map(({ verdict }: { verdict: string }) => verdict)
}

describe('memhp explain', () => {
  it('says of a block what the files prove, and what gave EINVAL', async () => {
    const args = ['explain', 'memory7', 'EINVAL', '--capture', capture]
    const { code, stdout } = await runCli(args)
    expect(code).toBe(0)
    expect(stdout).toMatch(
      /^memory7 stays, for certain: addresses in the block that are not System/,
    )
    expect(stdout).toContain('memory7 has 128 KiB that /proc/iomem does not call System RAM.')
    expect(stdout).toContain(
      'the block has addresses that are not System RAM; the log says nothing',
    )
    expect(stdout).not.toContain('more than one zone')
  })

  it('finds the page in the log that a block had, though nothing else speaks against it', async () => {
    expect(await verdicts('memory32', '--capture', capture)).toEqual([
      'memory32 can be expected to go, probably.',
    ])
    const args = ['memory32', '--capture', capture, '--dmesg', await log(DUMP)]
    expect(await verdicts(...args)).toEqual(['memory32 did not go: a page table.'])
    expect(await verdicts('memory33', ...args.slice(1))).toEqual([
      'memory33 can be expected to go, probably.',
    ])
  })

  it('takes a line without a place for the cause where the block had its errno', async () => {
    const veto = await log('[   20.1] Injecting error (-16) to MEM_GOING_OFFLINE\n')
    const args = ['--capture', capture, '--dmesg', veto]
    expect(await verdicts('memory32', 'EBUSY', ...args)).toEqual([
      'memory32 did not go, probably: a driver refused when the kernel asked it.',
    ])
    for (const words of [['memory32'], ['memory32', 'ENOMEM']])
      expect((await verdicts(...words, ...args))[0]).toContain('memory32 can be expected to go')
  })

  it('names what is proven before the page that the kernel met', async () => {
    const page = await log(DUMP.replace('0x100800', '0x38000'))
    const args = ['--capture', capture, '--dmesg', page]
    expect(await verdicts('memory7', ...args)).toEqual([
      'memory7 stays, for certain: addresses in the block that are not System RAM.',
    ])
  })

  it('tells of lines about memory that the machine does not have', async () => {
    const lines = [
      'soft offline: 0x999999: page already poisoned',
      'memory memory32: Offline failed.',
    ]
    const args = ['--capture', capture, '--dmesg', await log(`${lines.join('\n')}\n`)]
    const { code, stdout, stderr } = await runCli(['explain', ...args])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^memory32 /)
    expect(stderr).toContain('Line 1 of the log: about memory in no block of this machine.')
    expect((await runCli(['explain', 'memory32', ...args])).stderr).toBe('')
  })

  it('takes an address, a number, a device, and a line of the log for a block', async () => {
    const of = (...words: string[]) => verdicts(...words, '--capture', capture)
    expect(await of('pfn:0x107fff')).toEqual(await of('32'))
    expect(await of('EDAC MC0: 1 CE on DIMM_A1 (page:0x107fff offset:0x0 grain:1)')).toEqual([
      'memory32 can be expected to go, probably.',
    ])
    expect(await of('0x107ffffff', '32')).toEqual([
      'memory32 can be expected to go, probably.',
      'memory32 can be expected to go, probably.',
    ])
    expect(await of('PNP0C80:00')).toEqual([
      'PNP0C80:00 can be expected to go: none of its 8 blocks stays.',
    ])
    expect(await of('[ 9.1] migrating pfn 100800 failed ret:-12')).toEqual([
      'memory32 did not go: no free memory to move its pages to.',
    ])
  })

  it('knows a device that a driver added, and what that driver does', async () => {
    const texts = {
      ...TWO_NODES,
      '/proc/iomem':
        '00001000-0fffffff : System RAM\n100000000-17fffffff : virtio0\n  100000000-10fffffff : System RAM (virtio_mem)\n',
    }
    const sysroot = await writeSysroot(texts)
    const args = ['explain', 'virtio0', '--sysroot', sysroot, '--arch', 'x86_64', '--json']
    const { explanations } = JSON.parse((await runCli(args)).stdout)
    expect(explanations[0].verdict).toMatch(/^virtio0 (?:stays|can be expected to go)/)
    expect(explanations[0].evidence[0]).toMatchObject({
      from: 'driver',
      says: expect.stringContaining('shrinks as far as pages let it'),
    })
  })

  it('needs no machine for an errno, a log, and a report to firmware', async () => {
    expect(await verdicts('ehwpoison')).toEqual([expect.stringContaining('can mean one thing')])
    expect(await verdicts('ret:-16')).toEqual([expect.stringContaining('EBUSY (16')])
    expect(await verdicts('--dmesg', await log(DUMP))).toEqual([
      'The log has 1 message of memory that comes, goes or fails: a page table.',
    ])
    expect(await verdicts('ost 3/0x82')).toEqual([
      'The guest answered its firmware: eject request: the device is busy.',
    ])
    const event = '{"event": "ACPI_DEVICE_OST", "data": {"info": {"source": 1, "status": 0}}}'
    expect(await verdicts(event)).toEqual([
      'The guest answered its firmware: device check: success.',
    ])
  })

  it.each([
    [['explain'], /nothing is named that is to be explained/],
    [['explain', 'EBUSY', 'EIO'], /EBUSY and EIO: one errno at a time is explained/],
    [['explain', 'hello world'], /"hello world": not a line of the kernel’s log on memory/],
    [['explain', 'memory99', '--capture', capture], /"memory99": this machine has no such block/],
    [['explain', 'EIO', '--dmesg', '/nowhere-at-all'], /\/nowhere-at-all: No such file/],
  ])('%j is bad input', async (args, message) => {
    const { code, stderr } = await runCli(args)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })
})
