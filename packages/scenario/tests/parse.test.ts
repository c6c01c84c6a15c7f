import { isHotplugError } from '@memhp/core'
import { describe, expect, test } from 'vitest'
import { parseScenario, type Scenario } from '../src/index'

const HEAD = 'memhp-scenario: 1\ntitle: Test\nmachine: { memory: 2G }\nsteps:\n'

function read(text: string): Scenario {
  return parseScenario(text, { name: 'a.yaml' })
}

function messageOf(text: string): string {
  try {
    read(text)
  } catch (error) {
    if (isHotplugError(error)) return `${error.code} ${error.message}`
    throw error
  }
  return 'accepted'
}

const firstAction = (step: string): unknown => read(`${HEAD}  - ${step}\n`).steps[0]?.action

describe('an action', () => {
  test.each([
    ['plug: { id: d1, size: 512M }', { kind: 'plug', id: 'd1', sizeBytes: 2 ** 29, node: 0 }],
    [
      'plug: { id: d1, size: 1G, node: 1, slot: 2, address: 4G, driver: acpi }',
      {
        kind: 'plug',
        id: 'd1',
        sizeBytes: 2 ** 30,
        node: 1,
        slot: 2,
        address: 2 ** 32,
        driver: 'acpi',
      },
    ],
    ['unplug: d1', { kind: 'unplug', id: 'd1' }],
    ['unplug: { id: d1 }', { kind: 'unplug', id: 'd1' }],
    ['online: 8', { kind: 'online', blocks: [8], zone: 'default' }],
    ['online: 8-9', { kind: 'online', blocks: [8, 9], zone: 'default' }],
    ['online: [9, 8]', { kind: 'online', blocks: [9, 8], zone: 'default' }],
    ['online: { blocks: 8, zone: movable }', { kind: 'online', blocks: [8], zone: 'movable' }],
    ['offline: 9-8', { kind: 'offline', blocks: [9, 8] }],
    [
      'write: { path: memory8/state, value: online }',
      { kind: 'write', path: '/sys/devices/system/memory/memory8/state', value: 'online' },
    ],
    ['write: { path: /proc/x, value: 1 }', { kind: 'write', path: '/proc/x', value: '1' }],
    ['read: /proc/iomem', { kind: 'read', path: '/proc/iomem' }],
    [
      'fill: { name: f, size: 4M }',
      { kind: 'fill', name: 'f', sizeBytes: 2 ** 22, node: 0, policy: 'prefer', as: 'file' },
    ],
    ['drop: f', undefined],
    ['unmovable: { name: k, block: 3 }', { kind: 'unmovable', name: 'k', block: 3, pages: 1 }],
    [
      'hugepages: { name: h, count: 4 }',
      { kind: 'hugepages', name: 'h', count: 4, node: 0, state: 'used' },
    ],
    ['poison: { block: 3 }', { kind: 'poison', block: 3, page: 0 }],
    [
      'inject: { event: MEM_GOING_ONLINE, errno: EBUSY }',
      { kind: 'inject', event: 'MEM_GOING_ONLINE', errno: 'EBUSY' },
    ],
    [
      'inject: { event: MEM_GOING_ONLINE, errno: 0 }',
      { kind: 'inject', event: 'MEM_GOING_ONLINE', errno: null },
    ],
    ['eject: PNP0C80:0a', { kind: 'eject', device: 'PNP0C80:0a' }],
    ['settle', { kind: 'settle' }],
    ['settle:', { kind: 'settle' }],
    ['check', { kind: 'check' }],
    ['snapshot: s', { kind: 'snapshot', name: 's' }],
  ])('written as %s', (step, action) => {
    if (action === undefined) expect(() => firstAction(step)).toThrow(/no memory is called/)
    else expect(firstAction(step)).toEqual(action)
  })
})

describe('what is wrong is said with its place and with what would be right', () => {
  test.each([
    ['  - plugg: { id: a }', '5:5: unknown action "plugg"; did you mean "plug"?'],
    ['  - setle', '5:5: unknown action "setle"; did you mean "settle"?'],
    ['  - plug', '5:5: plug needs an argument'],
    ['  - 7', '5:5: expected a step: a map with one action'],
    ['  - plug: { id: a }', '5:11: "size" is missing'],
    ['  - plug: { id: a, size: 5X }', '5:26: size: expected a size such as 512M, 2G or 0x8000000'],
    ['  - plug: { id: a b, size: 1G }', '5:17: id: expected a name of letters'],
    ['  - online: 8..9', '5:13: online: expected numbers such as 8-11 or 8,10-12'],
    ['  - online: { block: 8 }', '5:15: unknown field "block"; did you mean "blocks"?'],
    ['  - online: { blocks: 8, zone: hi }', '5:32: zone: "hi" is none of default, kernel, movable'],
    ['  - eject: dimm1', '5:12: eject: expected a name on the ACPI bus such as PNP0C80:00'],
    ['  - offline: 8\n    errno: EBUZY', '6:12: errno: "EBUZY" is not an errno that memhp knows'],
    ['  - offline: 8\n    settle:', '5:5: one step, 2 actions: offline, settle'],
    ['  - note: x', '5:5: a step without an action must expect something'],
    ['  - errno: EBUSY\n    expect: {}', '5:5: a step without an action cannot be refused'],
    ['  - expect: { blocks: { x: online } }', '5:25: x: expected block numbers such as 8-11'],
    ['  - expect: { blocks: { 8: onlin } }', '5:28: 8: expected "absent", or a state'],
    ['  - expect: { zones: { Normal: empty } }', '5:24: Normal: expected a node and a zone'],
    ['  - expect: { zones: { 0/Normal: { size: 1 } } }', '5:36: unknown field "size"'],
    ['  - expect: { uevents: [add block8] }', 'accepted'],
    ['  - expect: { uevents: [plugged memory8] }', '5:25: expected events such as'],
    [
      '  - expect: { nodes: { offline: 0 } }',
      '5:24: unknown list "offline"; did you mean "online"?',
    ],
    [
      '  - restore: s',
      '5:5: no snapshot is called "s"; an earlier step must name it with snapshot',
    ],
    [
      '  - fill: { name: file, size: 1M }\n  - drop: fiel',
      '6:5: no memory is called "fiel"; did you mean "file"?',
    ],
    ['  - expect: { intact: [f] }', '5:15: no memory is called "f"'],
    ['  - write: [', '6:1: YAML: '],
    ['  - settle: *a', 'cannot be read as YAML: '],
  ])('%j', (steps, message) => {
    expect(messageOf(`${HEAD}${steps}\n`).replace('BAD_SCENARIO a.yaml:', '')).toContain(message)
  })

  test('what is nested too deeply', () => {
    expect(messageOf(`${HEAD}  - ${'['.repeat(100_000)}`)).toContain('YAML: nested too deeply')
  })

  test.each([
    ['', '1:1: no scenario: it must begin with "memhp-scenario: 1"'],
    ['- a', '1:1: no scenario'],
    ['memhp-scenario: one', '1:17: no scenario'],
    ['memhp-scenario: 1', '"steps" is missing'],
    [HEAD.replace('steps:', 'steps: []'), '4:8: steps: the list is empty'],
    [
      HEAD.replace('memory: 2G', 'memry: 2G'),
      '3:12: unknown field "memry"; did you mean "memory"?',
    ],
    [HEAD.replace('memory: 2G', 'cpus: 2'), '3:1: give "memory", as in memory: 2G, or "capture"'],
    [HEAD.replace('memory: 2G', 'memory: 2G, capture: a'), '3:12: "memory" cannot stand beside'],
    [
      HEAD.replace(
        'memory: 2G',
        'memory: [{ node: 0, size: 1G, start: 0 }, { node: 1, size: 1G }]',
      ),
      '3:1: memory: give every entry a "start", or none',
    ],
    [
      HEAD.replace('memory: 2G', 'memory: [{ node: 0, size: 1G, cpus: 0 }], cpus: 2'),
      '"cpus" is given for the machine and for a node',
    ],
  ])('%j', (text, message) => {
    const steps = text.endsWith('steps:\n') ? '  - settle\n' : ''
    expect(messageOf(text + steps)).toContain(message)
  })

  test('a later version of the format is another refusal', () => {
    expect(messageOf('memhp-scenario: 2')).toBe(
      'UNKNOWN_VERSION a.yaml:1:17: scenario of version 2; this release reads version 1',
    )
  })

  test('all problems are in the detail, by place', () => {
    try {
      read(`${HEAD}  - plugg: 1\n  - setle\n`)
      expect.unreachable()
    } catch (error) {
      if (!isHotplugError(error)) throw error
      expect(error.detail).toMatchObject({
        file: 'a.yaml',
        line: 5,
        column: 5,
        problems: [{ place: { line: 5 } }, { place: { line: 6 } }],
      })
    }
  })
})

describe('the machine', () => {
  const describedBy = (machine: string): unknown => {
    const text = `memhp-scenario: 1\ntitle: t\nmachine: ${machine}\nsteps: [settle]\n`
    const found = read(text).machine
    return found.kind === 'described' ? found.description : found
  }

  test('of 5G has the holes of a PC', () => {
    expect(describedBy('{ memory: 5G }')).toMatchObject({
      arch: 'x86_64',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [
        { start: 0x1000, end: 0x9f000, node: 0 },
        { start: 0x100000, end: 0x7ffe0000, node: 0 },
        { start: 0x100000000, end: 0x1c0000000, node: 0 },
      ],
      iomem: [
        { start: 0x1000, end: 0x9fbff },
        { start: 0x100000, end: 0x7ffdffff },
        { start: 0x100000000, end: 0x1bfffffff },
      ],
      drivers: { acpi: {} },
    })
  })

  test('splits nodes at their sizes, over the hole', () => {
    const memory = '[{ node: 0, size: 1G, cpus: 0-1 }, { node: 1, size: 3G, cpus: 2 }]'
    expect(describedBy(`{ memory: ${memory} }`)).toMatchObject({
      nodes: [
        { id: 0, cpus: [0, 1] },
        { id: 1, cpus: [2] },
      ],
      ram: [
        { start: 0x1000, end: 0x9f000, node: 0 },
        { start: 0x100000, end: 0x40000000, node: 0 },
        { start: 0x40000000, end: 0x7ffe0000, node: 1 },
        { start: 0x100000000, end: 0x180000000, node: 1 },
      ],
    })
  })

  test('of another architecture is flat and has no ACPI', () => {
    expect(describedBy('{ arch: own, memory: 1G, seed: 7, cmdline: quiet }')).toEqual({
      arch: 'own',
      cmdline: 'quiet',
      nodes: [{ id: 0, cpus: [0] }],
      ram: [{ start: 0, end: 2 ** 30, node: 0 }],
      seed: 7,
    })
  })

  test('may place memory itself', () => {
    const memory =
      '[{ node: 1, size: 1G, start: 4G }, { node: 0, size: 1G, start: 0 }, { node: 2, size: 0 }]'
    expect(describedBy(`{ memory: ${memory}, acpi: none, possible-nodes: 0-3 }`)).toEqual({
      arch: 'x86_64',
      nodes: [
        { id: 0, cpus: [] },
        { id: 1, cpus: [0] },
        { id: 2, cpus: [] },
      ],
      ram: [
        { start: 0, end: 2 ** 30, node: 0 },
        { start: 2 ** 32, end: 2 ** 32 + 2 ** 30, node: 1 },
      ],
      possibleNodes: [0, 1, 2, 3],
    })
  })

  test('may come from a capture', () => {
    expect(describedBy('{ capture: host.json.gz }')).toMatchObject({
      kind: 'capture',
      path: 'host.json.gz',
    })
  })
})
