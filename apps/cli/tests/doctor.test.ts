import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { writeSysroot } from './sysroot'

const KNOB = '/sys/devices/system/memory/auto_online_blocks'
const PARAMETERS = '/sys/module/memory_hotplug/parameters'

/** The fixture, whose command line has no movable_node here. */
const HOST = { ...TWO_NODES, '/proc/cmdline': 'quiet\n' }

const RULES = '/usr/lib/udev/rules.d/40-memory.rules'
const rule = (how: string): string =>
  `# SUBSYSTEM=="memory", ATTR{state}="online"\nSUBSYSTEM=="memory", ACTION=="add", \\\n  ATTR{state}=="offline", ATTR{state}="${how}"\n`

interface Answer {
  readonly code: number | null
  readonly winner: string
  readonly zone: string | null
  readonly advice: readonly string[]
  readonly actors: readonly string[]
}

async function ask(changes: Readonly<Record<string, string>>): Promise<Answer> {
  const sysroot = await writeSysroot({ '/etc/udev/rules.d/.keep': '', ...HOST, ...changes })
  const { code, stdout } = await runCli(['doctor', '--sysroot', sysroot, '--json'])
  const { winner, zone, advice, actors } = JSON.parse(stdout).diagnosis
  return {
    code,
    winner,
    zone,
    advice: advice.map(({ message }: { message: string }) => message),
    actors: actors.map(({ name, says }: { name: string; says: string }) => `${name}: ${says}`),
  }
}

describe('memhp doctor', () => {
  it('says that nothing brings memory online', async () => {
    expect(await ask({})).toMatchObject({
      code: 1,
      winner: 'Nothing brings memory online that is plugged.',
      zone: null,
      advice: [expect.stringContaining('stays offline, and is not used')],
    })
  })

  it('finds the rule of udev that does, and its line', async () => {
    const answer = await ask({ [RULES]: rule('online_movable') })
    expect(answer).toMatchObject({ code: 0, advice: [] })
    expect(answer.winner).toContain('A rule of udev')
    expect(answer.zone).toContain('It comes to Movable')
    expect(answer.actors).toContain(`udev: ${RULES}:3: online_movable`)
  })

  it('reads a file of rules in /etc instead of that of its name, and no others', async () => {
    const changes = {
      [RULES]: rule('online_movable'),
      '/etc/udev/rules.d/40-memory.rules': rule('$env{.state}'),
      '/etc/udev/rules.d/41-cpu.rules': 'SUBSYSTEM=="cpu", ATTR{state}="online"\n',
      '/etc/udev/rules.d/42-memory.txt': rule('online'),
    }
    const { actors, zone } = await ask(changes)
    expect(actors.filter((text) => text.startsWith('udev'))).toEqual([
      'udev: /etc/udev/rules.d/40-memory.rules:3: as its conditions say',
    ])
    expect(zone).toBe('In which zone it comes, the conditions of the rule decide.')
  })

  it('says that the kernel comes before a rule that wants another zone', async () => {
    const answer = await ask({ [KNOB]: 'online\n', [RULES]: rule('online_movable') })
    expect(answer.code).toBe(1)
    expect(answer.winner).toContain('The kernel brings memory online')
    expect(answer.advice).toEqual([
      'Memory that is plugged comes to a kernel zone, and can hardly be removed later.',
      `${RULES}:3 wants online_movable, and never has its turn: the kernel writes online.`,
    ])
  })

  it('knows what the auto-movable policy and movable_node make of a plain online', async () => {
    const auto = await ask({
      [KNOB]: 'online\n',
      [`${PARAMETERS}/online_policy`]: 'auto-movable\n',
      [`${PARAMETERS}/auto_movable_ratio`]: '301\n',
      [`${PARAMETERS}/auto_movable_numa_aware`]: 'Y\n',
    })
    expect(auto).toMatchObject({ code: 0, advice: [] })
    expect(auto.zone).toContain('while the machine and its node have at most 301 %')
    expect(auto.zone).toContain('(the machine has 100 %)')
    const node = await ask({ [KNOB]: 'online\n', '/proc/cmdline': 'movable_node\n' })
    expect(node).toMatchObject({ code: 0, advice: [] })
    expect(node.zone).toContain('It comes to Movable, unless kernel memory')
  })

  it('says that the setting was changed since boot', async () => {
    const changes = { [KNOB]: 'online_movable\n', '/proc/cmdline': 'memhp_default_state=online\n' }
    expect((await ask(changes)).advice).toEqual([
      'The command line asks for online, and auto_online_blocks reads online_movable: it was written since boot, by hand or by an agent.',
    ])
  })

  it('does not guess at rules of a captured host, and knows firmware that needs none', async () => {
    const capture = (name: string): string =>
      fileURLToPath(new URL(`../../../captures/${name}.json.gz`, import.meta.url))
    const x86 = await runCli(['doctor', capture('x86_64-three-nodes')])
    expect(x86.code).toBe(0)
    expect(x86.stdout).toContain('udev    not known')
    const power = await runCli(['doctor', capture('ppc64le-radix-three-nodes')])
    expect(power.stdout).toContain('online by itself, whatever')
    expect(power.code).toBe(1)
  })
})
