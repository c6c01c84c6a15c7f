import { invariant, type Plugins } from '@memhp/core'
import { DIALECTS } from '@memhp/platforms/dialects'
import { isOperation, parseTrace, type Trace, type TraceStep } from '@memhp/trace'
import { recordingText } from 'memhp-recordings'
import { describe, expect, test } from 'vitest'
import { THOROUGH } from '../../../tests/thorough'
import {
  createRandom,
  drawWalkMachine,
  LIVE_ARCHS,
  type LiveArch,
  replayTrace,
  shrinkWalk,
  type WalkOptions,
  walkAlong,
  walkAtRandom,
} from '../src/index'
import { type Lie, ModelKernel } from './model-kernel'
import { PLUGINS } from './plugins'

const RECORDING: Readonly<Record<LiveArch, string>> = {
  x86_64: recordingText('x86_64/x86_64-0009.json.gz'),
  'ppc64le-radix': recordingText('ppc64le-radix/ppc64le-radix-0010.json.gz'),
  'ppc64le-hash': recordingText('ppc64le-hash/ppc64le-hash-0002.json.gz'),
  s390x: recordingText('s390x-6.1/s390x-6.1-standby-0001.json.gz'),
  arm64: recordingText('arm64-7.3/arm64-7.3-virtio-0001.json.gz'),
}

const VIRTIO_MEM = recordingText('virtio-mem-x86_64-6.1/x86_64-6.1-virtio-0001.json.gz')

/** Of the firmware that the stand-ins have. Requests of others would draw other walks from the seeds below. */
const WALKED = DIALECTS.filter(({ driver }) =>
  ['acpi', 'pseries', 'sclp', 'virtio-mem'].includes(driver),
)

/** Walks on stand-ins for a kernel, all of which are kept. */
function walks(
  arch: LiveArch,
  lie?: Lie,
): { readonly options: WalkOptions; readonly kernels: readonly ModelKernel[] } {
  const kernels: ModelKernel[] = []
  let now = 0
  return {
    kernels,
    options: {
      machine: {
        ...drawWalkMachine(createRandom(1), arch),
        nodesMib: arch === 's390x' ? [1024] : [1024, 0],
        faults: true,
      },
      boot: async () => {
        const kernel = await ModelKernel.boot(RECORDING[arch], lie)
        kernels.push(kernel)
        return kernel
      },
      plugins: PLUGINS,
      dialects: WALKED,
      clock: () => (now += 1),
    },
  }
}

const isPlug = ({ op }: TraceStep): boolean => op.op === 'plug'

/** Once something was unplugged after node 1 had got memory, blocks of node 1 that go have the wrong uevents. */
const FORGETFUL: Lie = (step, before) => {
  const hadNodeOne = before.some(({ op }) => op.op === 'plug' && op.node === 1)
  return step.op.op === 'unplug' && hadNodeOne
    ? { ...step, uevents: [...step.uevents].reverse().slice(1) }
    : step
}

describe('a walk', () => {
  test.each(LIVE_ARCHS)(
    'on a kernel that is as the model is: %s agrees in each step',
    async (arch) => {
      const { options, kernels } = walks(arch)
      const report = await walkAtRandom(options, { seed: arch === 'arm64' ? 9 : 4, steps: 80 })
      expect(report.first).toBeUndefined()
      expect(report).toMatchObject({ agreeing: 80, hintCount: 0 })
      expect(report.trace.steps).toHaveLength(80)
      expect(new Set(report.trace.steps.map(({ op }) => op.op))).toEqual(
        // Nothing is plugged where there are no slots.
        new Set([
          ...(arch === 's390x' ? [] : ['plug', 'unplug']),
          ...['write', 'fill', 'drop', 'inject'],
        ]),
      )
      expect([report.kernelMs, report.modelMs]).toEqual([80, 80])
      expect(kernels.map(({ isStopped }) => isStopped)).toEqual([true])
    },
  )

  test('with devices of changing size asks for sizes, plugs more of them, and takes them out', async () => {
    const { options } = walks('x86_64')
    const machine = drawWalkMachine(createRandom(2), 'x86_64', 'virtio-mem')
    expect(machine.resizables).toMatchObject({ devices: [{ id: 'vm0', maxMib: 1024 }], ports: 2 })
    const boot = (): Promise<ModelKernel> => ModelKernel.boot(VIRTIO_MEM)
    const walked = { ...machine, nodesMib: [768, 0], slots: 4, faults: false }
    const report = await walkAtRandom(
      { ...options, machine: walked, boot },
      { seed: 4, steps: 120 },
    )
    expect(report.first).toBeUndefined()
    const done = report.trace.steps.flatMap(({ op, result }) =>
      result.error === undefined ? op.op : [],
    )
    expect(new Set(done)).toEqual(
      new Set(['plug', 'unplug', 'write', 'fill', 'drop', 'request', 'plugv']),
    )
  })

  test('of the same seed is the same; of another it is another', async () => {
    const walk = async (seed: number): Promise<readonly unknown[]> => {
      const { trace } = await walkAtRandom(walks('x86_64').options, { seed, steps: 30 })
      return trace.steps.map(({ op }) => op)
    }
    const first = await walk(5)
    expect(await walk(5)).toEqual(first)
    expect(await walk(6)).not.toEqual(first)
  })

  test('ends where the kernel differs, and says in what', async () => {
    const { options, kernels } = walks('x86_64', FORGETFUL)
    const { first, trace, agreeing } = await walkAtRandom(options, { seed: 4, steps: 80 })
    expect(first?.differences.map(({ what }) => what)).toEqual(['uevents'])
    expect(first?.step).toBe(trace.steps.length - 1)
    expect(agreeing).toBe(trace.steps.length - 1)
    expect(kernels.map(({ isStopped }) => isStopped)).toEqual([true])
  })

  test('ends before its first step where the kernel booted another machine', async () => {
    const { options } = walks('x86_64')
    const other = await ModelKernel.boot(RECORDING.x86_64)
    const boot: Record<string, string> = {
      ...(await other.flatView()),
      '/sys/devices/system/memory/auto_online_blocks': 'sometimes',
    }
    other.flatView = () => Promise.resolve(boot)
    const report = await walkAtRandom(
      { ...options, boot: () => Promise.resolve(other) },
      { seed: 1, steps: 10 },
    )
    expect(report.first).toMatchObject({ step: -1 })
    expect(report.trace.steps).toEqual([])
  })

  test('that is interrupted leaves no kernel running', async () => {
    const stop = new AbortController()
    const { options, kernels } = walks('x86_64')
    const walking = walkAtRandom(
      {
        ...options,
        signal: stop.signal,
        onStep: ({ index }) => {
          if (index === 4) stop.abort(new Error('enough'))
        },
      },
      { seed: 1, steps: 50 },
    )
    await expect(walking).rejects.toThrow('enough')
    expect(kernels.map(({ isStopped }) => isStopped)).toEqual([true])
    await expect(
      walkAtRandom({ ...options, signal: stop.signal }, { seed: 1, steps: 1 }),
    ).rejects.toThrow('enough')
    expect(kernels).toHaveLength(1)
  })

  test('on which the model breaks differs', async () => {
    const { options } = walks('x86_64')
    const breaks: Plugins = {
      ...PLUGINS,
      drivers: PLUGINS.drivers.map((driver) => ({
        ...driver,
        create(...args: Parameters<typeof driver.create>) {
          const made = driver.create(...args)
          const requestUnplug = () => invariant(false, 'The test breaks it.')
          return { ...made, platform: made.platform && { ...made.platform, requestUnplug } }
        },
      })),
    }
    const report = await walkAtRandom({ ...options, plugins: breaks }, { seed: 3, steps: 80 })
    expect(report.trace.steps.at(-1)?.op.op).toBe('unplug')
    expect(report.first?.differences).toMatchObject([
      { what: 'the model broke', model: expect.stringContaining('The test breaks it.') },
    ])
  })

  test('whose kernel dies says so, and the kernel is stopped all the same', async () => {
    const { options, kernels } = walks('x86_64', (step, before) => {
      if (before.length === 3) throw new Error('the guest has ended')
      return step
    })
    await expect(walkAtRandom(options, { seed: 1, steps: 50 })).rejects.toThrow('has ended')
    expect(kernels.map(({ isStopped }) => isStopped)).toEqual([true])
  })
})

describe('a walk that differs', () => {
  test.each([4, 8, 12])('is shrunk to the steps that it takes: seed %i', async (seed) => {
    const { options, kernels } = walks('x86_64', FORGETFUL)
    const found = await walkAtRandom(options, { seed, steps: 80 })
    expect(found.first).toBeDefined()
    const attempts: number[] = []
    const shortest = await shrinkWalk(found, options, {
      mostWalks: 500,
      onAttempt: ({ steps }) => attempts.push(steps),
    })
    expect(shortest.trace.steps.filter(isPlug).length).toBe(shortest.trace.steps.length - 1)
    expect(shortest.trace.steps.length).toBeLessThanOrEqual(3)
    expect(shortest.trace.steps.at(-1)?.op.op).toBe('unplug')
    expect(kernels).toHaveLength(attempts.length + 1)
    expect(kernels.every(({ isStopped }) => isStopped)).toBe(true)
  })

  test('is a trace that replay takes, and that differs there just so', async () => {
    const { options } = walks('x86_64', FORGETFUL)
    const found = await walkAtRandom(options, { seed: 4, steps: 80 })
    const { trace, first } = await shrinkWalk(found, options, { mostWalks: 500 })
    const read: Trace = parseTrace(JSON.stringify(trace), { name: 'written' })
    expect((await replayTrace(read, PLUGINS)).first).toEqual(first)
  })

  test('is given back as it is where no kernel may be booted any more', async () => {
    const { options, kernels } = walks('x86_64', FORGETFUL)
    const found = await walkAtRandom(options, { seed: 4, steps: 80 })
    expect(await shrinkWalk(found, options, { mostWalks: 0 })).toBe(found)
    expect(kernels).toHaveLength(1)
  })

  test('gives the shortest one so far when it is interrupted', async () => {
    const stop = new AbortController()
    const { options } = walks('x86_64', FORGETFUL)
    const found = await walkAtRandom(options, { seed: 4, steps: 80 })
    const shortest = await shrinkWalk(
      found,
      { ...options, signal: stop.signal },
      {
        mostWalks: 500,
        onAttempt: ({ number }) => {
          if (number === 4) stop.abort(new Error('enough'))
        },
      },
    )
    expect(shortest.first).toBeDefined()
    expect(shortest.trace.steps.length).toBeLessThan(found.trace.steps.length)
  })

  test.skipIf(!THOROUGH)('does not slip to another fault that is easier to show', async () => {
    const twoFaults: Lie = (step, before) =>
      step.op.op === 'write' && step.op.path.endsWith('/auto_online_blocks') && before.length < 8
        ? { ...step, result: { ...step.result, errno: 'ENOMEM' } }
        : FORGETFUL(step, before)
    const { options } = walks('x86_64', FORGETFUL)
    const found = await walkAtRandom(options, { seed: 4, steps: 80 })
    const other = walks('x86_64', twoFaults)
    const { first, trace } = await shrinkWalk(found, other.options, { mostWalks: 500 })
    expect(first?.differences.map(({ what }) => what)).toEqual(['uevents'])
    expect(trace.steps.length).toBeLessThanOrEqual(3)
  })

  test('stays as it was where no kernel boots any more', async () => {
    const { options } = walks('x86_64', FORGETFUL)
    const found = await walkAtRandom(options, { seed: 4, steps: 80 })
    const attempts: number[] = []
    const boot = (): Promise<never> => Promise.reject(new Error('no guest'))
    const shortest = await shrinkWalk(
      found,
      { ...options, boot },
      { mostWalks: 500, onAttempt: ({ number }) => attempts.push(number) },
    )
    expect(shortest).toBe(found)
    expect(attempts).toEqual([1, 2, 3])
  })

  test('never drops a file that it has not filled', async () => {
    const dropsDiffer: Lie = (step) =>
      step.op.op === 'drop' ? { ...step, result: { ...step.result, ok: false } } : step
    const { options } = walks('x86_64', dropsDiffer)
    const found = await walkAtRandom(options, { seed: 2, steps: 120 })
    const { trace } = await shrinkWalk(found, options, { mostWalks: 500 })
    expect(trace.steps.map(({ op }) => op.op)).toEqual(['fill', 'drop'])
    expect(
      (await walkAlong(options, trace.steps.map(({ op }) => op).filter(isOperation))).first,
    ).toBeDefined()
  })
})
