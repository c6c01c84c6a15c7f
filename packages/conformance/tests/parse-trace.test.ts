import { isHotplugError } from '@memhp/core'
import { parseTrace, TRACE_VERSION, type Trace } from '@memhp/trace'
import { recordingText } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

const TEXT = recordingText('x86_64/x86_64-0003.json.gz')
const BLOCK_999 = '/sys/devices/system/memory/memory999'

/** JSON that may be changed at will. */
// biome-ignore lint/suspicious/noExplicitAny: it is damaged on purpose
type Loose = any

function changed(change: (trace: Loose) => void): string {
  const trace: Loose = JSON.parse(TEXT)
  change(trace)
  return JSON.stringify(trace)
}

const fillOf = (changes: object): object => ({
  op: 'fill',
  file: 'f1',
  node: 0,
  mib: 1,
  policy: 'prefer',
  ...changes,
})

/** Code, place and message of a refusal to parse or to replay. */
async function refusal(text: string): Promise<{ code: string; place: unknown; message: string }> {
  try {
    await replayTrace(parseTrace(text), PLUGINS)
  } catch (error) {
    if (!isHotplugError(error)) throw error
    return { code: error.code, place: error.detail.place, message: error.message }
  }
  throw new Error('The trace was not refused.')
}

const stepOf = (op: string): number => parseTrace(TEXT).steps.findIndex((step) => step.op.op === op)
const PLUG = stepOf('plug')
const UNPLUG = stepOf('unplug')
const WRITE = parseTrace(TEXT).steps.findIndex(
  ({ op }) => op.op === 'write' && op.path.endsWith('/state'),
)

describe('a trace is refused with its place', () => {
  it.each<[string, (trace: Loose) => void, string]>([
    ['a field is missing', (trace) => delete trace.kernel, 'kernel'],
    ['a size is negative', (trace) => (trace.machine.max_mib = -1), 'machine/max_mib'],
    [
      'pages are set aside by words',
      (trace) => (trace.machine.cma = { '0/DMA': 'x' }),
      'machine/cma/0/DMA',
    ],
    [
      'more is set aside than there is',
      (trace) => (trace.machine.cma = { '0/DMA32': 1e9 }),
      'boot',
    ],
    [
      'other devices are not counted',
      (trace) => (trace.machine.virtio_others = []),
      'machine/virtio_others',
    ],
    ['a size is beyond all machines', (trace) => (trace.machine.cpus = 1e9), 'machine/cpus'],
    [
      'a file of the boot is not one of a kernel',
      (trace) => (trace.boot['/sys/devices/system/node/online'] = '0-'),
      'boot//sys/devices/system/node/online',
    ],
    [
      'boot has no block size',
      (trace) => delete trace.boot['/sys/devices/system/memory/block_size_bytes'],
      'boot//sys/devices/system/memory/block_size_bytes',
    ],
    ['an operation is unknown', (trace) => (trace.steps[4].op.op = 'pull'), 'steps/4/op'],
    [
      'a block is written to that is not there',
      (trace) => (trace.steps[WRITE].op.path = `${BLOCK_999}/state`),
      `steps/${WRITE}/op/path`,
    ],
    [
      'a block appears that no device explains',
      (trace) => (trace.steps[4].set[`${BLOCK_999}/state`] = 'online'),
      `steps/4/set/${BLOCK_999}/state`,
    ],
    [
      'a block goes that was never there',
      (trace) => trace.steps[4].gone.unshift(`${BLOCK_999}/state`),
      'steps/4/gone/0',
    ],
    [
      'a uevent tells of a block that no device explains',
      (trace) => trace.steps[4].uevents.unshift('add /devices/system/memory/memory999 memory'),
      'steps/4/uevents/0',
    ],
    [
      'a device is unplugged that was never there',
      (trace) => (trace.steps[UNPLUG].op.id = 'dimm99'),
      `steps/${UNPLUG}/op/id`,
    ],
    [
      'a device is larger than the machine takes',
      (trace) => (trace.steps[PLUG].op.mib = 2 ** 20),
      `steps/${PLUG}/op/mib`,
    ],
    [
      'a device is put on a node that is not there',
      (trace) => (trace.steps[PLUG].op.node = 7),
      `steps/${PLUG}/op/node`,
    ],
    [
      'a file is dropped that was never filled',
      (trace) => (trace.steps[4].op = { op: 'drop', file: 'f1' }),
      'steps/4/op/file',
    ],
    [
      'a file is filled with less than nothing',
      (trace) => (trace.steps[4].op = fillOf({ mib: -5 })),
      'steps/4/op/mib',
    ],
    [
      'a file holds more than the machine can have',
      (trace) => {
        trace.steps[4].op = fillOf({ mib: 2 ** 20 })
        trace.steps[4].result.ok = true
      },
      'steps/4/op/mib',
    ],
    [
      'a file is filled twice',
      (trace) => (trace.steps[4].op = trace.steps[5].op = fillOf({})),
      'steps/5/op/file',
    ],
    [
      'where the pages of a file may be is unknown',
      (trace) => (trace.steps[4].op = fillOf({ policy: 'anywhere' })),
      'steps/4/op/policy',
    ],
    [
      'an event is made to fail that cannot',
      (trace) => (trace.steps[4].op = { op: 'inject', event: 'MEM_ONLINE', errno: 0 }),
      'steps/4/op/event',
    ],
    [
      'a notifier answers what is not an errno',
      (trace) => (trace.steps[4].op = { op: 'inject', event: 'MEM_GOING_ONLINE', errno: -9999 }),
      'steps/4/op/errno',
    ],
    [
      'a key of the view is not a path',
      (trace) => (trace.boot.toString = 'a text'),
      'boot/toString',
    ],
    [
      'a key that changed is not a path',
      (trace) => (trace.steps[0].set = { nothing: 'x' }),
      'steps/0/set/nothing',
    ],
    ['a key that went is not a path', (trace) => (trace.steps[0].gone = ['x']), 'steps/0/gone/x'],
  ])('where %s', async (_, change, place) => {
    const { code, ...told } = await refusal(changed(change))
    expect({ code, place: told.place }).toEqual({ code: 'BAD_TRACE', place })
    expect(told.message.startsWith(`${place}: `)).toBe(true)
  })

  it('where the text ends too early', async () => {
    expect((await refusal('{"name": "x",\n "boot": {')).message).toBe(
      'line 2, column 11: the text ends here; the file is truncated.',
    )
  })

  it('which begins with the name of its source', async () => {
    expect(() => parseTrace('[]', { name: 'x.json' })).toThrow(
      /^x\.json: top level: is not a trace/,
    )
  })

  it('where it is a capture, recorded page tables or anything else', async () => {
    expect((await refusal('{"format": "memhp-capture"}')).message).toContain('memhp rehearse')
    expect((await refusal(recordingText('x86_64-page-tables.json.gz'))).place).toBe('cases')
    expect((await refusal('{"name": "memhp"}')).message).toContain('neither `boot` nor `steps`')
    expect((await refusal('{}')).code).toBe('NOT_A_TRACE')
  })

  it('where no plugin knows the architecture, and says which are known', async () => {
    const { code, place, message } = await refusal(changed((trace) => (trace.arch = 'mips64')))
    expect({ code, place }).toEqual({ code: 'UNKNOWN_PLUGIN', place: 'arch' })
    expect(message).toContain(PLUGINS.archs.map(({ name }) => name).join(', '))
  })

  it('where it is of a later version', async () => {
    const { code, place } = await refusal(changed((trace) => (trace.version = TRACE_VERSION + 1)))
    expect({ code, place }).toEqual({ code: 'UNKNOWN_VERSION', place: 'version' })
    expect(await refusal(changed((trace) => (trace.version = 'one')))).toMatchObject({
      code: 'BAD_TRACE',
      place: 'version',
    })
  })
})

describe('a trace is taken', () => {
  const steps = (change: (trace: Loose) => void): Trace => parseTrace(changed(change))

  it('with its version, and with unknown fields', async () => {
    const trace = steps((loose) => {
      loose.version = TRACE_VERSION
      loose.machine.colour = 'green'
      loose.steps[0].op.note = 'first'
      loose.steps[0].weather = 'fine'
    })
    expect((await replayTrace(trace, PLUGINS)).first).toBeUndefined()
  })

  it('that writes to a block that is not there, if the kernel said so', async () => {
    const trace = steps((loose) => {
      loose.steps[WRITE].op.path = `${BLOCK_999}/state`
      loose.steps[WRITE].result.errno = 'ENOENT'
    })
    expect(trace.steps[WRITE]?.result.errno).toBe('ENOENT')
  })

  it('that unplugs what is not there, if the platform said so', async () => {
    const trace = steps((loose) => {
      loose.steps[UNPLUG].op.id = 'dimm99'
      loose.steps[UNPLUG].result.error = 'Device dimm99 not found'
    })
    expect(trace.steps[UNPLUG]?.op).toEqual({ op: 'unplug', id: 'dimm99' })
  })
})
