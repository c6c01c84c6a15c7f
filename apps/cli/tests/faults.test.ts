import { describe, expect, it } from 'vitest'
import { runCli } from './run-cli'

const X86 = ['faults', '--arch', 'x86_64', '--variant', 'four levels', '--kernel', 'v6.1']

describe('memhp faults', () => {
  it('says of each point how often it was refused, and what was left', async () => {
    const { code, stdout, stderr } = await runCli([...X86, '--operation', 'in use goes offline'])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(/^offline\/emptied +2 refused +0 went on {2}moved-pages \(\d+\)$/m)
    expect(stdout).toMatch(
      /\n1 machines, 2 operations, \d+ cases \(0 pairs of faults\): every failure was dealt with as declared\n$/,
    )
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
    [['--arch', 'x86_32', '--kernel', 'v6.1'], 'x86_32'],
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
