import { parseTrace } from '@memhp/trace'
import { recordingText, TRACE_FOLDERS, tracePaths, UEFI_FOLDERS } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { replayTrace } from '../src/index'
import { PLUGINS } from './plugins'

describe.each([...TRACE_FOLDERS, ...UEFI_FOLDERS])('recordings of %s', (folder) => {
  it.each(tracePaths(folder))('%s agrees in every step', async (path) => {
    const report = await replayTrace(parseTrace(recordingText(path), { name: path }), PLUGINS)
    expect(report.first).toBeUndefined()
    expect(report.agreeing).toBe(report.stepCount)
  })
})
