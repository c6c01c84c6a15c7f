// Finds the rules of generations that a recording shows: with any other value, the model of its kernel differs from it.
// `tsx --conditions=memhp-source scripts/rule-evidence.ts RULE…` looks into those alone; all take long.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Replay, RULE_EVIDENCE, replayTrace } from '../packages/conformance/src/index'
import { GENERATIONS } from '../packages/core/src/generation/series-2012'
import type { Generation, GenerationAt, KernelRelease } from '../packages/core/src/index'
import { PLUGINS } from '../packages/platforms/src/index'
import { parseTrace, type Trace } from '../packages/trace/src/index'
import { recordingText, TRACE_FOLDERS, tracePaths, UEFI_FOLDERS } from '../recordings/index'
import { ruleKeys } from './generation-rules'
import { ruleOf } from './generations-page'
import { ROOT } from './workspace'

const FILE = 'packages/conformance/src/rule-evidence.ts'

interface Recording {
  readonly path: string
  /** Of its kernel: 6.12.117. */
  readonly release: string
  readonly trace: Trace
}

/** All traces, the short ones first: the first that differs is enough. */
const recordings = (): readonly Recording[] =>
  [...TRACE_FOLDERS, ...UEFI_FOLDERS]
    .flatMap(tracePaths)
    .map((path) => {
      const trace = parseTrace(recordingText(path))
      return { path, trace, release: /^\d+\.\d+(?:\.[1-9]\d*)?/.exec(trace.kernel)?.[0] ?? '' }
    })
    .toSorted((a, b) => a.trace.steps.length - b.trace.steps.length)

/** Code that only some kernels have: with another rule, any may ask for it. */
const CODE = GENERATIONS.find(({ code }) => code !== undefined)?.code
const LATER = GENERATIONS.find(({ later }) => later !== undefined)?.later

/** Changes a generation, and those of the releases that it stands for. */
function changed(generation: Generation, change: (each: Generation) => Generation): Generation {
  const { kernels } = generation
  const { at } = kernels
  if (at === undefined) return change(generation)
  const altered = (release: KernelRelease): GenerationAt => {
    const found = at(release)
    return { ...found, generation: changed(found.generation, change) }
  }
  return { ...change(generation), kernels: { ...kernels, at: altered } }
}

/** Gives generations that code: also with the rules that they have it may do otherwise. */
const withCode = (generations: readonly Generation[]): readonly Generation[] =>
  generations.map((generation) =>
    changed(generation, (each) => ({
      ...(CODE === undefined ? {} : { code: CODE }),
      ...(LATER === undefined ? {} : { later: LATER }),
      ...each,
    })),
  )

/** A generation with another value of one rule. */
function withRule(generation: Generation, path: string, value: unknown): Generation {
  const [group = '', key = ''] = path.split('.')
  return changed(generation, (each) => {
    const groups = each.rules as unknown as Readonly<Record<string, object>>
    return { ...each, rules: { ...each.rules, [group]: { ...groups[group], [key]: value } } }
  })
}

/** How a replay ended. */
type Outcome = 'agrees' | 'differs' | 'broke'

async function outcomeOf({ trace }: Recording, kernels: readonly Generation[]): Promise<Outcome> {
  try {
    const { first } = await replayTrace(trace, { ...PLUGINS, kernels })
    if (first === undefined) return 'agrees'
    return first.differences.some(({ what }) => what === 'the model broke') ? 'broke' : 'differs'
  } catch {
    return 'broke'
  }
}

/** How the replays of recordings end with the code of all generations, and the rules that they have. */
const CONTROLS = new Map<Recording, Promise<Outcome>>()

function controlOf(recording: Recording): Promise<Outcome> {
  const control = CONTROLS.get(recording) ?? outcomeOf(recording, withCode(GENERATIONS))
  CONTROLS.set(recording, control)
  return control
}

/**
 * Whether a recording contradicts a value. A model that breaks with it contradicts nothing: it is tried again with the code of all
 * generations, where that makes no difference by itself.
 */
async function contradicts(recording: Recording, path: string, value: unknown): Promise<boolean> {
  const kernels = GENERATIONS.map((each) => withRule(each, path, value))
  const outcome = await outcomeOf(recording, kernels)
  if (outcome !== 'broke' || (await controlOf(recording)) !== 'agrees') return outcome === 'differs'
  return (await outcomeOf(recording, withCode(kernels))) === 'differs'
}

/** The generation that the model takes for a recording's kernel. */
async function generationOf({ trace }: Recording): Promise<Generation> {
  const { machine } = await Replay.begin(trace, PLUGINS)
  return machine.generation
}

/** Recordings of a release, and what the model takes for it. */
interface Recorded {
  readonly generation: Generation
  readonly recordings: readonly Recording[]
}

/** The first recording that contradicts a value. */
async function firstAgainst(
  all: readonly Recording[],
  path: string,
  value: unknown,
): Promise<Recording | undefined> {
  for (const each of all) if (await contradicts(each, path, value)) return each
  return undefined
}

/** Of each release, a recording that shows the rule: every other value is contradicted, the first by it. */
async function evidenceOf(
  path: string,
  byRelease: ReadonlyMap<string, Recorded>,
): Promise<Record<string, string>> {
  const values = new Map(
    GENERATIONS.map((each) => [JSON.stringify(ruleOf(each, path)), ruleOf(each, path)]),
  )
  const found: Record<string, string> = {}
  for (const [release, { generation, recordings: all }] of byRelease) {
    const own = JSON.stringify(ruleOf(generation, path))
    const others = [...values].filter(([known]) => known !== own)
    const against: (Recording | undefined)[] = []
    for (const [, other] of others) against.push(await firstAgainst(all, path, other))
    const [first] = against
    if (first !== undefined && !against.includes(undefined)) found[release] = first.path
  }
  return found
}

const text = (
  evidence: Readonly<Record<string, object>>,
  releases: readonly string[],
): string => `// Written by pnpm docs:evidence: do not change by hand.

/** Kernels of the recordings. @alpha */
export const RECORDED_KERNELS: readonly string[] = ${JSON.stringify(releases)}

/**
 * By rule and kernel, a recording that shows it: with any other value that a generation gives the rule, the model of that kernel
 * differs from the recording. A rule and a kernel that are not here rest on the specification.
 * @alpha
 */
export const RULE_EVIDENCE: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(evidence, null, 2)}
`

const collator = new Intl.Collator('en', { numeric: true })
const all = recordings()
const releases = [...new Set(all.map(({ release }) => release))].sort(collator.compare)
const byRelease = new Map<string, Recorded>()
for (const release of releases) {
  const ofRelease = all.filter((each) => each.release === release)
  const [first] = ofRelease
  if (first === undefined) continue
  byRelease.set(release, { generation: await generationOf(first), recordings: ofRelease })
}
const paths = ruleKeys()
  .filter(({ group }) => group !== 'mended')
  .map(({ group, key }) => `${group}.${key}`)
const asked = process.argv.slice(2)
const unknown = asked.filter((path) => !paths.includes(path))
if (unknown.length > 0) throw new Error(`no rule ${unknown.join(', ')}; there: ${paths.join(', ')}`)
const evidence: Record<string, Readonly<Record<string, string>>> = {}
for (const [i, path] of paths.entries()) {
  const isMeant = asked.length === 0 || asked.includes(path)
  const found = isMeant ? await evidenceOf(path, byRelease) : (RULE_EVIDENCE[path] ?? {})
  if (Object.keys(found).length > 0) evidence[path] = found
  process.stderr.write(
    `${i + 1} of ${paths.length}: ${path}: ${Object.keys(found).join(', ') || 'none'}\n`,
  )
}
writeFileSync(join(ROOT, FILE), text(evidence, releases))
