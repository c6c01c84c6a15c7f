import { x86_64 } from '@memhp/arch-x86'
import { acpiDriver } from '@memhp/driver-acpi'
import { recordingText, tracePaths } from 'memhp-recordings'
import { describe, expect, it } from 'vitest'
import { parseTrace } from '../trace/trace'
import { replayTrace } from './replay'

const PLUGINS = { archs: [x86_64], drivers: [acpiDriver] }

describe.each(['x86_64', 'x86_64-faults'] as const)('recordings of %s', (folder) => {
  it.each(tracePaths(folder))('%s agrees in every step', (path) => {
    const report = replayTrace(parseTrace(recordingText(path), { name: path }), PLUGINS)
    expect(report.first).toBeUndefined()
    expect(report.agreeing).toBe(report.stepCount)
  })
})
