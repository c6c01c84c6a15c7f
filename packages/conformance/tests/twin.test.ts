import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { captureTree, fromFlatView, parseCapture } from '@memhp/capture'
import { isHotplugError, offlineBlock, onlineBlock } from '@memhp/core'
import { blockIds } from '@memhp/core/inspect'
import { checkInvariants } from '@memhp/invariants'
import { isBinaryFile } from '@memhp/kernel-files'
import { flatView, parseTrace, partsOf } from '@memhp/trace'
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
