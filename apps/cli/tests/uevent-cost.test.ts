import { describe, expect, it } from 'vitest'
import { programRulesOf } from '../src/doctor/udev-programs'
import { TWO_NODES } from './fixture'
import { runCli } from './run-cli'
import { writeSysroot } from './sysroot'

/** As the kdump of a distribution has it. */
const KDUMP = `SUBSYSTEM=="cpu", ACTION=="add", GOTO="kdump_reload_cpu"
SUBSYSTEM=="memory", ACTION=="online", GOTO="kdump_reload_mem"
SUBSYSTEM=="memory", ACTION=="offline", GOTO="kdump_reload_mem"

GOTO="kdump_reload_end"

LABEL="kdump_reload_mem"
RUN+="/bin/sh -c '/usr/bin/systemctl is-active kdump.service || exit 0; /usr/lib/udev/kdump-udev-throttler'"
LABEL="kdump_reload_cpu"
LABEL="kdump_reload_end"
`

const rulesOf = (text: string) => programRulesOf([{ path: '/r', text }])

describe('programs that udev starts for memory', () => {
  it('are found where jumps lead', () => {
    expect(rulesOf(KDUMP)).toEqual([
      {
        place: '/r:8',
        actions: ['online', 'offline'],
        programs: 1,
        program: '/bin/sh',
        isConditional: false,
      },
    ])
  })

  it.each([
    [
      'SUBSYSTEM=="memory", ACTION=="add|remove", RUN+="/a x", RUN{program}+="/b"',
      ['add', 'remove'],
      2,
    ],
    ['SUBSYSTEM=="memory", ACTION!="remove", PROGRAM=="/a"', ['add', 'online', 'offline'], 1],
    ['SUBSYSTEM=="mem*|memory", ACTION=="o*", RUN+="/a"', ['online', 'offline'], 1],
    [
      'SUBSYSTEM!="memory", GOTO="end"\nACTION=="add", \\\n  RUN+="/a \\"b\\""\nLABEL="end"',
      ['add'],
      1,
    ],
  ])('of %j are for %j', (text, actions, programs) => {
    expect(rulesOf(text)).toMatchObject([{ actions, programs, program: '/a' }])
  })

  it('may be started where other conditions decide, and are told so', () => {
    const [rule] = rulesOf('SUBSYSTEM=="memory", ATTR{state}=="offline", RUN+="/a"')
    expect(rule).toMatchObject({ isConditional: true })
  })

  it.each([
    'SUBSYSTEM=="memory", ATTR{state}="online"',
    '# SUBSYSTEM=="memory", RUN+="/a"',
    'SUBSYSTEM=="block", RUN+="/a"',
    'SUBSYSTEM=="memory", GOTO="nowhere"\nRUN+="/a"',
    'SUBSYSTEM=="memory", RUN+=',
    `SUBSYSTEM=="memory", ACTION=="${'*'.repeat(4000)}x", RUN+="/a"`,
    '',
  ])('are none in %j', (text) => {
    expect(rulesOf(text)).toEqual([])
  })
})

describe('memhp doctor', () => {
  const CRASH = '/sys/devices/system/memory/crash_hotplug'
  const doctor = async (files: Readonly<Record<string, string>>, ...flags: string[]) =>
    runCli(['doctor', '--sysroot', await writeSysroot({ ...TWO_NODES, ...files }), ...flags])

  it('counts what uevents cost, and says what of it is needless', async () => {
    const rules = {
      '/usr/lib/udev/rules.d/98-kexec.rules': KDUMP,
      '/usr/lib/udev/rules.d/99-x.rules': 'SUBSYSTEM=="memory", ACTION=="add", RUN+="/a"\n',
    }
    const { stdout } = await doctor({ ...rules, [CRASH]: '1\n' })
    expect(stdout).toMatch(/98-kexec\.rules:8: online, offline starts 1 program a block/)
    expect(stdout).toMatch(/At boot, .* that is \d+\s+programs/)
    expect(stdout).toContain('crash_hotplug reads 1')
    const { ueventCost } = JSON.parse((await doctor(rules, '--json')).stdout)
    expect(ueventCost).toMatchObject({ crashHotplug: null, rules: [{}, { actions: ['add'] }] })
    expect(ueventCost.programsAtBoot).toBeGreaterThan(1)
  })

  it('says that there are none, and nothing where rules are not known', async () => {
    const none = await doctor({ '/etc/udev/rules.d/.keep': '' })
    expect(none.stdout).toContain('udev starts no program for a uevent of memory')
    expect((await doctor({})).stdout).not.toContain('What a uevent costs')
  })
})
