import { HotplugError, isHotplugError } from '@memhp/core'
import { TRACE_VERSION, type Trace } from '../trace'
import { checkBoot } from './check-boot'
import { checkReferences } from './check-references'
import { checkShape } from './check-shape'
import { isRecord } from './limits'
import { parseJson } from './parse-json'
import { refuse, refuseKind } from './refuse'

function jsonOf(text: string): unknown {
  const parsed = parseJson(text)
  if ('value' in parsed) return parsed.value
  const { place, fault } = parsed
  const where = place === null ? 'top level' : `line ${place.line}, column ${place.column}`
  return refuse(where, `${fault}.`)
}

/** What `format` says in the file of a captured host, as @memhp/capture writes it. */
const CAPTURE_FORMAT = 'memhp-capture'

/** Commands with what they printed, as the files of scripted sessions hold them. */
const isSession = ({ boot, steps }: Record<string, unknown>): boolean =>
  boot === undefined && Array.isArray(steps) && isRecord(steps[0]) && 'cmd' in steps[0]

/** What else a user may have given, and what takes it. */
function checkKind(raw: Record<string, unknown>): void {
  if (raw.format === CAPTURE_FORMAT) {
    refuseKind('format', 'is a capture, not a trace. Try its twin: memhp rehearse, memhp list.')
  }
  if (Array.isArray(raw.cases)) {
    refuseKind('cases', 'are recorded page tables, not a trace: nothing in them can be replayed.')
  }
  if (isSession(raw)) {
    refuseKind(
      'steps',
      'are commands that were typed into a guest, not a trace: the files that it began with were not recorded.',
    )
  }
  if (raw.boot === undefined && raw.steps === undefined) {
    refuseKind('top level', 'is not a trace: it has neither `boot` nor `steps`.')
  }
}

function checkVersion(version: unknown): void {
  if (version === undefined || version === TRACE_VERSION) return
  if (!Number.isSafeInteger(version) || Number(version) < TRACE_VERSION) {
    refuse('version', `${JSON.stringify(version)} is not a version; ${TRACE_VERSION} is the first.`)
  }
  throw new HotplugError(
    'UNKNOWN_VERSION',
    'EINVAL',
    `version: the trace is of version ${String(version)}; this release reads version ${TRACE_VERSION}.`,
    { detail: { place: 'version', version, supported: [TRACE_VERSION] } },
  )
}

function parse(text: string): Trace {
  const raw = jsonOf(text)
  if (!isRecord(raw)) return refuseKind('top level', 'is not a trace: an object was expected.')
  checkKind(raw)
  checkVersion(raw.version)
  const trace = checkShape(raw)
  checkBoot(trace.boot)
  checkReferences(trace)
  return trace
}

/**
 * Reads a recorded trace. Fields that it does not know are left alone.
 * @param text JSON, unpacked
 * @param source what the text is called in refusals
 * @throws HotplugError BAD_TRACE, NOT_A_TRACE, UNKNOWN_VERSION, with the `place` of the fault as detail: `steps/12/op/path`
 */
export function parseTrace(text: string, source?: { readonly name: string }): Trace {
  try {
    return parse(text)
  } catch (error) {
    if (source === undefined || !isHotplugError(error)) throw error
    const { code, errno, detail, message } = error
    throw new HotplugError(code, errno, `${source.name}: ${message}`, { detail, cause: error })
  }
}
