// Finds the rules of generations that a recording shows: with any other value, the model of its kernel differs from it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Replay, replayTrace } from '../packages/conformance/src/index'
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

/** A generation with another value of one rule. */
function withRule(generation: Generation, path: string, value: unknown): Generation {
  const [group = '', key = ''] = path.split('.')
  const { rules, kernels } = generation
  const { at } = kernels
  const altered = (release: KernelRelease): GenerationAt => {
    const found = (at as NonNullable<typeof at>)(release)
    return { ...found, generation: withRule(found.generation, path, value) }
  }
  const groups = rules as unknown as Readonly<Record<string, object>>
  return {
    ...(CODE === undefined ? {} : { code: CODE }),
    ...(LATER === undefined ? {} : { later: LATER }),
    ...generation,
    rules: { ...rules, [group]: { ...groups[group], [key]: value } },
    kernels: at === undefined ? kernels : { ...kernels, at: altered },
  }
}

/** Whether a recording contradicts a value. A model that breaks with it contradicts nothing. */
async function contradicts({ trace }: Recording, path: string, value: unknown): Promise<boolean> {
  const kernels = GENERATIONS.map((each) => withRule(each, path, value))
  try {
    const { first } = await replayTrace(trace, { ...PLUGINS, kernels })
    return first?.differences.every(({ what }) => what !== 'the model broke') === true
  } catch {
    return false
  }
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
const evidence: Record<string, Record<string, string>> = {}
for (const [i, path] of paths.entries()) {
  const found = await evidenceOf(path, byRelease)
  if (Object.keys(found).length > 0) evidence[path] = found
  process.stderr.write(
    `${i + 1} of ${paths.length}: ${path}: ${Object.keys(found).join(', ') || 'none'}\n`,
  )
}
writeFileSync(join(ROOT, FILE), text(evidence, releases))
