import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { captureTree, collectCapture, fromFlatView, parseCapture } from '@memhp/capture'
import {
  createMachine,
  GIB,
  isHotplugError,
  KERNELS,
  offlineBlock,
  onlineBlock,
  settle,
} from '@memhp/core'
import { blockIds } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { isBinaryFile } from '@memhp/kernel-files'
import { flatView, openSession, parseTrace, partsOf, perform } from '@memhp/trace'
import { twinOf } from '@memhp/twin'
import { recordingText, TRACE_FOLDERS, tracePaths } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { PLUGINS } from './plugins'

const CAPTURES = join(import.meta.dirname, '../../../captures')
const shipped = readdirSync(CAPTURES).filter((name) => name.endsWith('.json.gz'))

describe('the twin shows the captured tree key for key', () => {
  it.each(shipped)('of the capture %s', async (name) => {
    const text = gunzipSync(readFileSync(join(CAPTURES, name))).toString('utf8')
    const capture = parseCapture(text)
    const { machine } = await twinOf(capture, PLUGINS)
    expect(flatView(machine.tree)).toEqual(flatView(captureTree(capture)))
    const firmware = Object.entries(capture.files).filter(([path]) => isBinaryFile(path))
    for (const [path, text] of firmware) expect(machine.tree.read(path)).toBe(text)
    expect(firmware.length > 0).toBe(capture.arch === 'ppc64le')
  })

  it.each(TRACE_FOLDERS.flatMap(tracePaths))('of the boot view of %s', async (path) => {
    const trace = parseTrace(recordingText(path), { name: path })
    const { machine } = await twinOf(fromFlatView(trace), PLUGINS)
    // A live kernel has used or freed a page between one file and the other.
    const parts = partsOf(trace.boot).filter((part) => part !== 'memFree')
    const { '/proc/meminfo#MemFree': _, ...boot } = trace.boot
    expect(flatView(machine.tree, { parts })).toEqual(boot)
  })
})

describe('boot memory that went offline before the capture', () => {
  it.each(['x86_64/x86_64-0001.json.gz', 'ppc64le-radix/ppc64le-radix-0001.json.gz'])(
    'stays offline on the twin of %s',
    async (path) => {
      const trace = parseTrace(recordingText(path))
      const first = (await twinOf(fromFlatView(trace), PLUGINS)).machine
      const offline = blockIds(first).filter((id) => {
        try {
          return offlineBlock(first, id) === 'done'
        } catch (error) {
          if (isHotplugError(error)) return false
          throw error
        }
      })
      expect(offline.length).toBeGreaterThan(0)
      const view = flatView(first.tree)
      const { machine } = await twinOf(fromFlatView({ ...trace, boot: view }), PLUGINS)
      checkInvariants(machine)
      expect(flatView(machine.tree)).toEqual(view)
      for (const id of offline) expect(onlineBlock(machine, id)).toBe('done')
      checkInvariants(machine)
    },
  )
})

describe('a node of which all memory was added', () => {
  it.each(['0', '1'])('is none of the boot, with memmap_on_memory=%s', async (word) => {
    const plugins = { ...PLUGINS, kernels: KERNELS }
    const ram = [{ start: GIB, end: 3 * GIB, node: 0 }]
    const description = {
      arch: 'aarch64',
      kernel: 'v6.12',
      cmdline: `memory_hotplug.memmap_on_memory=${word}`,
      autoOnlineBlocks: 'online_movable',
      nodes: [
        { id: 0, cpus: [0] },
        { id: 1, cpus: [] },
      ],
      ram,
      files: { '/proc/sys/kernel/osrelease': '6.12.117\n' },
      drivers: { acpi: { slots: 1 } },
    } as const
    const host = createMachine(description, plugins)
    perform(openSession(host), { op: 'plug', id: 'd', node: 1, mib: 1024 })
    settle(host)
    const capture = await collectCapture(host.tree, { tool: 'test', arch: 'aarch64' })
    const { machine } = await twinOf(capture, plugins)
    expect(machine.description.ram).toEqual(ram)
    expect(machine.state.memory.zones.get('1/Movable')).toMatchObject({
      presentPages: 262_144,
      managedPages: word === '1' ? 258_048 : 262_144,
    })
  })
})
