import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { temporaryFolder, writeSysroot } from './sysroot'

const capture = (name: string): string =>
  fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url))
const THREE_NODES = capture('x86_64-three-nodes')

const plan = async (...words: string[]) => runCli(['plan', ...words, '--capture', THREE_NODES])

const blocksIn = async (...words: string[]): Promise<number[]> => {
  const { stdout } = await plan(...words, '--json')
  const ids = JSON.parse(stdout).plan.blocks.map(({ id }: { id: number }) => id)
  return ids.sort((a: number, b: number) => a - b)
}

const EIGHT = [32, 33, 34, 35, 36, 37, 38, 39]

describe('memhp plan', () => {
  it('shows the steps, what each block holds, room, cost and verdict', async () => {
    const { code, stdout, stderr } = await plan('PNP0C80:00')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/1 {2}memory39 offline {2}2\/Movable {2}128M free +goes, probably/)
    expect(stdout).toMatch(/9 {2}PNP0C80:00 eject/)
    expect(stdout).toMatch(/room +200M has to move from node 2; nodes 0 and 1 can take .*: enough/)
    expect(stdout).toMatch(/moves +51,200 pages to move \(200M\); less than a second, if 512M/)
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('PNP0C80:00 (1G) is expected to go.')
  })

  it.each<[string[], number[]]>([
    [['PNP0C80:00'], EIGHT],
    [['--remove', 'PNP0C80:00'], EIGHT],
    [['node2'], EIGHT],
    [['--node', '2'], EIGHT],
    [['0x100000000-0x13fffffff'], EIGHT],
    [['1G'], EIGHT],
    [
      ['--remove', '256M', '--node', '1', '--zone', 'dma32'],
      [5, 6],
    ],
    [['memory32-33,memory39'], [32, 33, 39]],
    [
      ['32-33', '39'],
      [32, 33, 39],
    ],
  ])('takes the goal %j', async (words, blocks) => {
    expect(await blocksIn(...words)).toEqual(blocks)
  })

  it.each([
    ['100T', 1, 'IMPOSSIBLE_GOAL'],
    ['node9', 2, 'NO_SUCH_NODE'],
  ])('says why there is no plan for %s as JSON, too', async (goal, exitCode, error) => {
    const { code, stdout } = await plan(goal, '--json')
    expect(code).toBe(exitCode)
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      plan: null,
      mayGo: false,
      refusal: { code: error },
    })
  })

  it('does not replace the capture that it reads', async () => {
    const file = join(await temporaryFolder(), 'host.json.gz')
    writeFileSync(file, readFileSync(THREE_NODES))
    const run = await runCli(['plan', 'PNP0C80:00', '--capture', file, '-o', file, '--force'])
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('is what the plan is') })
    expect(readFileSync(file)).toEqual(readFileSync(THREE_NODES))
  })

  it('says what stands in the way of a plan that refuses, and does not keep it', async () => {
    const file = join(await temporaryFolder(), 'plan.json')
    const { code, stdout, stderr } = await plan('memory3', '-o', file)
    expect(code).toBe(1)
    expect(stdout).toContain('What stands in the way, or may')
    expect(stdout).toContain('memory3 held 2156 reserved pages')
    expect(stderr).toContain('memory3 (128M) is expected to refuse. No plan was written.')
    expect(() => readFileSync(file)).toThrow('ENOENT')
  })

  it.each([
    [[], /nothing is named that is to go/, 2],
    [['12X'], /"12X": not a size that memory could have\nTry: 16G/, 2],
    [['0G'], /"0G": not a size that memory could have/, 2],
    [['1.3.5G'], /"1.3.5G": not a size/, 2],
    [['1O24M'], /"1O24M": not a size/, 2],
    [['nothing1'], /There is no memory device "nothing1"/, 2],
    [['memory3', '--zone', 'Movable'], /memory3 is not a size/, 2],
    [['1G', 'node2'], /several words name devices, or blocks/, 2],
    [['memory33-32'], /"memory33-32": 33-32 runs backwards: write 32-33\nTry: 16G/, 2],
    [['0x8000000-0x7ffffff'], /"0x8000000-0x7ffffff": a range that runs backwards/, 2],
    [['0x0-0xffffffffffffffff'], /addresses that memory could not have/, 2],
    [['memory1-99999999999'], /"memory1-99999999999": no numbers that blocks could have/, 2],
    [['9007199254740993'], /no numbers that blocks could have/, 2],
    [['0x1000-0x1fff'], /the range around that is 0x0-0x7ffffff/, 2],
    [['node7'], /There is no node 7.*\nTry: memhp list /, 2],
    [['100T'], /cannot go. The most that may go is .*\nTry: memhp can /, 1],
    [['1G', '--check', 'plan.json'], /--check takes no goal/, 2],
    [['--check', '/nowhere/plan.json'], /\/nowhere\/plan.json: No such file/, 2],
  ])('%j is refused', async (words, message, exitCode) => {
    const { code, stderr } = await plan(...words)
    expect(stderr).toMatch(message)
    expect(code).toBe(exitCode)
  })
})

describe('a kept plan', () => {
  const kept = async (sysroot: string): Promise<string> => {
    const file = join(await temporaryFolder(), 'plan.json')
    const args = ['plan', 'memory33', '--sysroot', sysroot, '--arch', 'x86_64', '-o', file]
    expect(await runCli(args)).toMatchObject({ code: 0 })
    return file
  }
  const check = async (file: string, sysroot: string) =>
    runCli(['plan', '--check', file, '--sysroot', sysroot, '--arch', 'x86_64'])

  it('holds while the machine is as it was', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const file = await kept(sysroot)
    const { code, stderr } = await check(file, sysroot)
    expect(stderr).toContain(`${file} holds`)
    expect(code).toBe(0)
  })

  it('is refused once it has moved on, with what has', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const file = await kept(sysroot)
    const block = join(sysroot, 'sys/devices/system/memory/memory33')
    writeFileSync(join(block, 'state'), 'offline\n')
    writeFileSync(join(block, 'online'), '0\n')
    writeFileSync(join(block, 'valid_zones'), 'Movable\n')
    const { code, stdout, stderr } = await check(file, sysroot)
    expect(stdout).toMatch(
      /memory33 +online, Movable, node 1, PNP0C80:00 +offline, Movable, node 1, PNP0C80:00/,
    )
    expect(stderr).toMatch(/is refused: folder .* has moved on since/)
    expect(code).toBe(1)
  })

  it('is never replaced unless that is asked, and a damaged one is told', async () => {
    const sysroot = await writeSysroot(TWO_NODES)
    const file = await kept(sysroot)
    const again = await plan('PNP0C80:00', '-o', file)
    expect(again.stderr).toContain('File exists')
    expect(again.code).toBe(2)
    expect((await plan('PNP0C80:00', '-o', file, '--force')).code).toBe(0)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"offline"', '"offlin"'))
    const damaged = await check(file, sysroot)
    expect(damaged.stderr).toMatch(/plan\.json: plan: plan\..*\(BAD_PLAN\)\nTry: make a new plan/)
    expect(damaged.code).toBe(2)
  })

  it('goes to standard output with -o -', async () => {
    const { stdout } = await plan('node2', '-o', '-')
    expect(JSON.parse(stdout)).toMatchObject({ format: 'memhp-plan', version: 1 })
  })
})
