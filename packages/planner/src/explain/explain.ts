import { ERRNO, ERRNO_MESSAGES, type Errno } from '@memhp/core'
import { formatHex } from '@memhp/kernel-files'
import {
  type BlockInfo,
  type DeviceInfo,
  driverManagedMemory,
  resourcesIn,
  type Topology,
} from '@memhp/topology'
import { holdingsOf, poisonedIn } from '../predict/holdings'
import { pageblocksText } from '../predict/pageblocks'
import { predictTarget } from '../predict/predict-target'
import { CONFIDENCE_WORDS, type Confidence, type Prediction } from '../predict/prediction'
import { REASONS, type ReasonKind } from '../predict/reason'
import { ERRNO_MEANINGS, type ErrnoMeaning } from './errnos'
import type { LogFact } from './log-facts'

/** Why memory stays, or stayed. */
export interface Cause {
  readonly kind: ReasonKind
  readonly title: string
  /** `seen`: the kernel's log says so of an attempt; else how sure a prediction is. */
  readonly confidence: Confidence | 'seen'
  readonly remedies: readonly string[]
}

/** A fact, and where it is from: a file, `kernel log, line 12`. */
export interface Evidence {
  readonly from: string
  readonly says: string
}

/** Why something was refused, or would be. Plain data. */
export interface Explanation {
  /** `memory32`, the name of a device, `EBUSY`. */
  readonly subject: string
  /** One sentence. */
  readonly verdict: string
  /** The surest first, each kind once. */
  readonly causes: readonly Cause[]
  readonly evidence: readonly Evidence[]
  /** What could mean it, where only an errno is known. */
  readonly meanings: readonly ErrnoMeaning[]
  /** What would tell more. */
  readonly missing: readonly string[]
}

/** An attempt of an earlier run that failed. */
export interface PastFailure {
  readonly block: number
  /** When the run began, in UTC. */
  readonly at: string
  /** How: `refused with EBUSY: …`. */
  readonly how: string
  /** The file that tells of it. */
  readonly from: string
}

/** What is known besides the machine's files. */
export interface ExplainOptions {
  /** Of the kernel's log, from `logFactsIn`; undefined where it was not read. */
  readonly log?: readonly LogFact[]
  /** What the kernel answered. */
  readonly errno?: Errno
  /** What earlier runs met, in the order of time. */
  readonly past?: readonly PastFailure[]
}

const causeOf = (kind: ReasonKind, confidence: Cause['confidence']): Cause => ({
  kind,
  title: REASONS[kind].title,
  confidence,
  remedies: REASONS[kind].remedies,
})

const causesIn = (facts: readonly LogFact[], confidence: Cause['confidence']): readonly Cause[] =>
  facts.flatMap(({ kind }) => (kind === null ? [] : [causeOf(kind, confidence)]))

/** Each kind once, where it is surest. */
function distinct(causes: readonly Cause[]): readonly Cause[] {
  const found = new Map<ReasonKind, Cause>()
  for (const cause of causes) if (!found.has(cause.kind)) found.set(cause.kind, cause)
  return [...found.values()]
}

function isAbout(fact: LogFact, block: BlockInfo, pageBytes: number): boolean {
  const { range, pfn, block: id, device } = fact
  if (id !== null) return id === block.id
  if (pfn !== null) return block.start <= pfn * pageBytes && pfn * pageBytes < block.end
  if (range !== null) return range.start < block.end && block.start < range.end
  return device !== null && device === block.device
}

/** Facts without a place that give the errno of an attempt: they may be of it. */
function factsWithoutPlace(
  log: readonly LogFact[],
  errno: ExplainOptions['errno'],
): readonly LogFact[] {
  const isWithout = ({ range, pfn, block, device }: LogFact): boolean =>
    [range, pfn, block, device].every((place) => place === null)
  return errno === undefined ? [] : log.filter((fact) => fact.errno === errno && isWithout(fact))
}

const evidenceOf = ({ line, text, says, pfn }: LogFact): Evidence => ({
  from: `kernel log, line ${line}`,
  says: `${text}${pfn === null ? '' : ` (pfn ${formatHex(pfn)})`}: ${says}`,
})

/** What the files say of a block, whatever is expected of it. */
function stateEvidence(topology: Topology, block: BlockInfo): readonly Evidence[] {
  const directory = `memory${block.id}`
  const { zones, nodes, state, device } = block
  const owned = driverManagedMemory(topology, block)
  const named = resourcesIn(topology.iomem ?? [], block).map(({ resource }) => resource.name)
  const where = nodes.length === 0 ? '' : `, node ${nodes.join(' and ')}`
  const zone =
    zones.kind === 'in' ? zones.name : zones.kind === 'candidates' ? zones.names.join(' or ') : null
  return [
    {
      from: `${directory}/state`,
      says: `${state}${where}${zone === null ? '' : `, zone ${zone}`}`,
    },
    ...(device === null ? [] : [{ from: 'firmware', says: `belongs to ${device}` }]),
    ...(owned === undefined
      ? []
      : [{ from: '/proc/iomem', says: `added by ${owned.driver} (${owned.device ?? 'unnamed'})` }]),
    ...(named.length === 0
      ? []
      : [{ from: '/proc/iomem', says: [...new Set(named)].slice(0, 8).join(', ') }]),
    ...pageblocksEvidence(topology, block),
    ...contentsEvidence(block),
  ]
}

function pageblocksEvidence(topology: Topology, block: BlockInfo): readonly Evidence[] {
  const says = pageblocksText(topology, block)
  return says === undefined ? [] : [{ from: '/proc/pagetypeinfo', says }]
}

function contentsEvidence({ contents }: BlockInfo): readonly Evidence[] {
  if (contents === null) return []
  const counts = Object.entries(contents.counts).filter(([, pages]) => pages > 0)
  const says = counts.map(([name, pages]) => `${pages} ${name}`).join(', ')
  return says === '' ? [] : [{ from: 'page flags', says }]
}

function missingFor(
  topology: Topology,
  blocks: readonly BlockInfo[],
  { log }: ExplainOptions,
): readonly string[] {
  const isUncounted = blocks.some((block) => {
    const holdings = holdingsOf(topology, block)
    return block.state === 'online' && holdings?.source !== 'counted'
  })
  return [
    ...(log === undefined ? ['the kernel’s log of the attempt: --dmesg FILE'] : []),
    ...(isUncounted ? ['how its pages are used: run as root, or take a capture as root'] : []),
    ...(topology.iomem === null ? ['where kernel and holes lie: /proc/iomem as root'] : []),
  ]
}

/** Of EHWPOISON, which only a block that is to come online is refused with. */
function poisonVerdict(block: BlockInfo): string {
  const { id, state } = block
  const pages = poisonedIn(block)
  if (pages > 0)
    return `memory${id} has ${pages} ${pages === 1 ? 'page' : 'pages'} with hardware errors: a kernel that answers EHWPOISON does not bring it online again once it is offline.`
  return state === 'online'
    ? `memory${id} is online: what refused it (EHWPOISON) has passed.`
    : `memory${id} does not come online: a page of it had a hardware error. Page flags do not tell of blocks that are offline.`
}

function blockVerdict(
  block: BlockInfo,
  {
    causes,
    prediction,
    errno,
  }: { causes: readonly Cause[]; prediction: Prediction; errno?: Errno },
): string {
  const name = `memory${block.id}`
  const [cause] = causes
  if (cause?.confidence === 'seen') return `${name} did not go: ${cause.title}.`
  if (errno === 'EHWPOISON') return poisonVerdict(block)
  const { outcome, confidence } = prediction
  if (outcome === 'already-offline') return `${name} is offline: nothing keeps it from going.`
  const sure = CONFIDENCE_WORDS[confidence]
  if (outcome === 'stalls')
    return `${name} would not come to an end (${sure}): ${cause?.title ?? 'its pages find no room'}.`
  if (outcome === 'refuses') return `${name} stays, ${sure}: ${cause?.title ?? 'not known why'}.`
  if (errno === undefined) return `${name} can be expected to go, ${sure}.`
  const why = causes.find(({ confidence: howSure }) => howSure === 'likely')
  return why !== undefined
    ? `${name} did not go, ${CONFIDENCE_WORDS.likely}: ${why.title}.`
    : `${name} can be expected to go, ${sure}: what refused it (${errno}) has passed, or the files do not show it.`
}

/** Most failures of earlier runs that are told one by one. */
const MOST_FAILURES = 5

/** That a block failed before, as a sentence behind others; empty where it did not. */
function pastText(failures: readonly PastFailure[]): string {
  const last = failures.at(-1)
  if (last === undefined) return ''
  const often = failures.length === 1 ? 'once' : `${failures.length} times`
  return ` It failed ${often} before, last on ${last.at} (${last.how}).`
}

/** Explains why a block stays, stayed, or would stay. */
export function explainBlock(
  topology: Topology,
  block: BlockInfo,
  options: ExplainOptions = {},
): Explanation {
  const { log = [], errno, past = [] } = options
  const failures = past.filter((each) => each.block === block.id)
  const own = log.filter((fact) => isAbout(fact, block, topology.pageBytes))
  const facts = own.length > 0 ? own : factsWithoutPlace(log, errno)
  const { prediction } = predictTarget(topology, [block])
  const { reasons } = prediction
  const foretold = reasons.map(({ kind }) => causeOf(kind, prediction.confidence))
  const isCertain = prediction.confidence === 'certain'
  const causes = distinct([
    // What is proven says more than the page that the kernel met.
    ...(isCertain ? foretold : []),
    ...causesIn(facts.toReversed(), own.length > 0 ? 'seen' : 'likely'),
    ...foretold,
  ])
  return {
    subject: `memory${block.id}`,
    verdict: `${blockVerdict(block, { causes, prediction, ...(errno === undefined ? {} : { errno }) })}${pastText(failures)}`,
    causes,
    evidence: [
      ...facts.map(evidenceOf),
      ...reasons.map(({ message }) => ({ from: 'prediction', says: message })),
      ...failures
        .slice(-MOST_FAILURES)
        .toReversed()
        .map(({ at, how, from }) => ({ from, says: `${at}: ${how}` })),
      ...stateEvidence(topology, block),
    ],
    meanings: meaningsFor(errno, causes),
    missing: missingFor(topology, [block], options),
  }
}

/** What an errno can mean; where a cause is known that gives it, nothing else. */
function meaningsFor(errno: Errno | undefined, causes: readonly Cause[]): readonly ErrnoMeaning[] {
  if (errno === undefined) return []
  const all = ERRNO_MEANINGS[errno] ?? []
  const fitting = all.filter(({ kinds }) => causes.some(({ kind }) => kinds.includes(kind)))
  return fitting.length > 0 ? fitting : all
}

/** What drivers that add memory by themselves are known to do. Source: seen on 6.1 and 7.3 under QEMU; drivers/virtio/virtio_mem.c. */
const OF_DRIVERS: Readonly<Record<string, string>> = {
  virtio_mem:
    'virtio-mem shrinks as far as pages let it and stops there without a message; it tries again by itself, until requested-size is raised to what is plugged. A block that it has given back in part refuses a user’s offline with EBUSY.',
  kmem: 'Only daxctl or the driver removes this memory, once all its blocks are offline: a device that is given up while one is online keeps it until the next boot.',
}

function driverEvidence(topology: Topology, blocks: readonly BlockInfo[]): readonly Evidence[] {
  const drivers = blocks.flatMap((block) => driverManagedMemory(topology, block)?.driver ?? [])
  return [...new Set(drivers)].flatMap((driver) => {
    const says = OF_DRIVERS[driver]
    return says === undefined ? [] : [{ from: 'driver', says }]
  })
}

/**
 * Explains why a device stays: what holds for each of its blocks.
 * @param device one of the topology, or what a driver added and its blocks
 */
export function explainDevice(
  topology: Topology,
  device: Pick<DeviceInfo, 'name' | 'blocks'>,
  options: ExplainOptions = {},
): Explanation {
  const { name } = device
  const own = new Set(device.blocks)
  const blocks = topology.blocks.filter(({ id }) => own.has(id))
  const each = blocks.map((block) => explainBlock(topology, block, options))
  const staying = each.filter(({ causes }) => causes.length > 0)
  const facts = (options.log ?? []).filter(
    (fact) =>
      fact.device === name || blocks.some((block) => isAbout(fact, block, topology.pageBytes)),
  )
  const causes = distinct(staying.flatMap((explanation) => explanation.causes))
  return {
    subject: name,
    verdict: deviceVerdict(name, { blocks: blocks.length, staying: staying.length }),
    causes,
    evidence: [
      ...facts.map(evidenceOf),
      ...driverEvidence(topology, blocks),
      ...each.map(({ verdict }) => ({ from: 'block', says: verdict })),
    ],
    meanings: meaningsFor(options.errno, causes),
    missing: missingFor(topology, blocks, options),
  }
}

function deviceVerdict(
  name: string,
  { blocks, staying }: { readonly blocks: number; readonly staying: number },
): string {
  if (blocks === 0) return `${name} has no memory block: the kernel never took its memory in.`
  if (staying === 0) return `${name} can be expected to go: none of its ${blocks} blocks stays.`
  return `${name} stays, as ${staying} of its ${blocks} blocks ${staying === 1 ? 'does' : 'do'}.`
}

/** Explains an errno alone. */
export function explainErrno(errno: Errno): Explanation {
  const meanings = ERRNO_MEANINGS[errno] ?? []
  const causes = distinct(
    meanings.flatMap(({ kinds }) => kinds.map((kind) => causeOf(kind, 'uncertain'))),
  )
  const count = meanings.length
  return {
    subject: errno,
    verdict: `${errno} (${ERRNO[errno]}, “${ERRNO_MESSAGES[errno]}”) ${
      count === 0
        ? 'is not what the kernel answers where memory comes or goes.'
        : `can mean ${count === 1 ? 'one thing' : `${count} things`} where memory comes or goes.`
    }`,
    causes: [],
    evidence: [],
    meanings,
    missing: causes.length === 0 ? [] : ['which block or device it was: memhp explain memory32'],
  }
}

/** Explains what a log says, whatever it is about. */
export function explainLog(log: readonly LogFact[]): Explanation {
  const causes = distinct(causesIn(log, 'seen'))
  const [first] = causes
  return {
    subject: 'kernel log',
    verdict:
      log.length === 0
        ? 'The log says nothing of memory that comes, goes or fails.'
        : `The log has ${log.length === 1 ? '1 message' : `${log.length} messages`} of memory that comes, goes or fails${first === undefined ? '' : `: ${first.title}`}.`,
    causes,
    evidence: log.map(evidenceOf),
    meanings: [],
    missing: [],
  }
}
