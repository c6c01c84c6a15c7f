import picocolors from 'picocolors'
import { describe, expect, it } from 'vitest'
import { FaultTotals } from '../src/faults/fault-totals'
import { runCli } from './run-cli'

const X86 = ['faults', '--arch', 'x86_64', '--variant', 'four levels', '--kernel', 'v6.1']

describe('memhp faults', () => {
  it('says of each point how often it was refused, and what was left', async () => {
    const { code, stdout, stderr } = await runCli([...X86, '--operation', 'in use goes offline'])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(/^POINT +REFUSED +WENT ON +LEFT OR DONE BY THE KERNEL\n/)
    expect(stdout).toMatch(/^offline\/emptied +2 +0 {2}moved-pages \(\d+\)$/m)
    expect(stdout).toMatch(
      /\n1 machine, 2 operations, \d+ failures\.\nRefused: \d+; all was as before .*\nWent on without what failed: \d+\.\nAll is as it was, or as the kernel leaves it\.\n$/,
    )
    expect(stdout).not.toMatch(/\b0 pairs/)
  })

  it('counts each failure once, refused or gone on', async () => {
    const args = [...X86, '--operation', 'in use goes offline', '--pairs', '3']
    const { stdout } = await runCli(args)
    const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? Number.NaN)
    // Where nothing is passed after a fault, and the operation is not asked for again, it stays alone.
    const all = number(/, (\d+) failures, [123] pairs? among them/)
    expect(number(/Refused: (\d+)/) + number(/Went on without what failed: (\d+)/)).toBe(all)
  })

  it('says on standard error what it has come to where no terminal looks, from the first machine on', async () => {
    const { stderr } = await runCli([...X86, '--point', 'offline/migrate'])
    expect(stderr).toMatch(
      /^x86_64 \(four levels\) v6\.1: .*; \d+ operations?, \d+ failures? so far\n/,
    )
  })

  it('says so in plain words where not all is as it was', () => {
    const totals = new FaultTotals()
    const machine = { arch: 'x86_64', variant: '', kernel: 'v6.1' }
    totals.add({ ...machine, kind: 'broken', operation: 'o', message: 'm' })
    const paint = picocolors.createColors(false)
    const text = totals.text({ isInterrupted: true, paint, columns: undefined })
    expect(text).toMatch(/^Interrupted; so far 0 machines, 0 operations, 1 failure\./)
    expect(text).toMatch(/\nNot all is as it was: 1 failure, told above as BROKEN\.\n$/)
  })

  it('draws the same pairs from the same seed', async () => {
    const args = [...X86, '--point', 'add/node', '--pairs', '5', '--seed', '9', '--json']
    const [first, second] = [await runCli(args), await runCli(args)]
    expect(first.code).toBe(0)
    expect(JSON.parse(first.stdout)).toMatchObject({
      version: 1,
      seed: 9,
      broken: [],
      points: { 'add/node': { wentOn: 0 } },
    })
    expect(second.stdout).toBe(first.stdout)
  })

  it.each([
    [['--arch', 'vax'], 'vax'],
    [['--kernel', 'v9'], 'v9'],
    [['--point', 'add/nothing'], 'add/nothing'],
    [['--variant', 'odd'], 'odd'],
    [['--pairs', 'x'], 'a number'],
    [['--arch', 'x86_32', '--kernel', 'v6.1'], 'asked for: --arch "x86_32" --kernel "v6.1"\n'],
    [['--arch', 'x86_64', '--variant', 'hash'], 'asked for: --arch "x86_64" --variant "hash"\n'],
    [['--variant', 'nope'], '; radix, 4 KiB pages; '],
  ])('refuses %j, and says what is wrong', async (args, word) => {
    const { code, stderr } = await runCli(['faults', ...args])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(word) })
  })

  it('says that nothing passes a point', async () => {
    const { code, stderr } = await runCli([...X86, '--point', 'online/presence'])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('online/presence'),
    })
  })
})
