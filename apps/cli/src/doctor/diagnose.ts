import { lastGiven } from '@memhp/kernel-files'
import { onlinesByItself, type Topology } from '@memhp/topology'
import type { OnlineRule } from './udev'

/** One who brings memory online, or decides where. */
interface Actor {
  readonly name: string
  readonly says: string
  /** What comes of it, as a clause. */
  readonly effect: string
}

/** Something that makes removal hard, or that may not be meant, with what helps. */
interface Advice {
  readonly message: string
  readonly remedy: string
}

/** Who brings memory online, who wins, in which zone, and what to change. Plain data. */
export interface PolicyDiagnosis {
  readonly actors: readonly Actor[]
  /** Who brings memory online that is plugged now, as a sentence. */
  readonly winner: string
  /** In which zone, as a sentence; null where it stays offline, or that is not known. */
  readonly zone: string | null
  readonly advice: readonly Advice[]
}

const PARAMETER = 'memhp_default_state'
const KNOB = '/sys/devices/system/memory/auto_online_blocks'
/** Most percent of movable to kernel memory that the kernel's auto-movable policy takes for safe. Source: Linux 5.15 */
const SAFE_RATIO = 301

const parameterOf = ({ kernelParameters }: Topology, wanted: string): string | null | undefined =>
  lastGiven(kernelParameters, wanted)?.value

/** Percent of movable to kernel memory that is online; undefined without kernel memory. */
function movableRatio({ totals }: Topology): number | undefined {
  const kernelBytes = totals.onlineBytes - totals.movableBytes
  return kernelBytes > 0 ? Math.round((100 * totals.movableBytes) / kernelBytes) : undefined
}

/** What happens to memory that is plugged now: who is first, and what is written. */
interface First {
  readonly who: 'kernel' | 'firmware' | 'udev' | 'nothing' | 'unknown'
  readonly how: string | undefined
}

function firstOf(topology: Topology, rules: readonly OnlineRule[] | undefined): First {
  const { autoOnlineBlocks } = topology.policy
  if (autoOnlineBlocks !== null && autoOnlineBlocks !== 'offline')
    return { who: 'kernel', how: autoOnlineBlocks }
  if (onlinesByItself(topology.devices) !== undefined) return { who: 'firmware', how: 'online' }
  if (rules === undefined) return { who: 'unknown', how: undefined }
  const [rule] = rules
  return rule === undefined ? { who: 'nothing', how: undefined } : { who: 'udev', how: rule.how }
}

const hasMovableNode = (topology: Topology): boolean =>
  parameterOf(topology, 'movable_node') !== undefined

function zoneOf(topology: Topology, { who, how }: First): string | null {
  if (how === undefined) {
    const isByRule = who === 'udev'
    return isByRule ? 'In which zone it comes, the conditions of the rule decide.' : null
  }
  if (how === 'online_movable') return 'It comes to Movable, and can be expected to go again.'
  if (how === 'online_kernel') return 'It comes to a kernel zone.'
  const { onlinePolicy, autoMovableRatio, autoMovableNumaAware } = topology.policy
  if (onlinePolicy === 'auto-movable') {
    const ratio = movableRatio(topology)
    const of = autoMovableNumaAware ? 'the machine and its node have' : 'the machine has'
    const now = ratio === undefined ? '' : ` (the machine has ${ratio} %)`
    return `It comes to Movable while ${of} at most ${autoMovableRatio ?? SAFE_RATIO} % of movable to kernel memory${now}, else to a kernel zone.`
  }
  return hasMovableNode(topology)
    ? 'It comes to Movable, unless kernel memory of its node touches it.'
    : 'It comes to a kernel zone, unless Movable memory of its node touches it.'
}

function actorsOf(
  topology: Topology,
  rules: readonly OnlineRule[] | undefined,
  { who }: First,
): readonly Actor[] {
  const { policy } = topology
  const given = parameterOf(topology, PARAMETER)
  const byFirmware = onlinesByItself(topology.devices)
  return [
    ...(given === undefined
      ? []
      : [
          {
            name: 'command line',
            says: `${PARAMETER}=${given ?? ''}`,
            effect: 'what auto_online_blocks is at boot',
          },
        ]),
    {
      name: 'kernel',
      says: `auto_online_blocks ${policy.autoOnlineBlocks ?? 'not there'}`,
      effect:
        who === 'kernel'
          ? 'brings blocks online as it adds them, before all others'
          : 'leaves them',
    },
    ...(policy.onlinePolicy === null
      ? []
      : [
          {
            name: 'kernel',
            says: `online_policy ${policy.onlinePolicy}`,
            effect: 'the zone where plain “online” is written',
          },
        ]),
    ...(rules === undefined
      ? [
          {
            name: 'udev',
            says: 'not known',
            effect: 'its rules cannot be read; a capture keeps none',
          },
        ]
      : rules.map(({ place, how }) => ({
          name: 'udev',
          says: `${place}: ${how ?? 'as its conditions say'}`,
          effect:
            who === 'kernel'
              ? 'comes too late: the block is online'
              : 'writes it once the event comes',
        }))),
    ...(byFirmware === undefined
      ? []
      : [{ name: 'firmware', says: 'brings its devices online', effect: byFirmware }]),
  ]
}

const MOVABLE_REMEDY = `echo online_movable > ${KNOB}, and ${PARAMETER}=online_movable for the next boot; or memory_hotplug.online_policy=auto-movable`

function adviceOf(
  topology: Topology,
  rules: readonly OnlineRule[] | undefined,
  { who, how }: First,
): readonly Advice[] {
  const { policy } = topology
  const given = parameterOf(topology, PARAMETER)
  const ratio = movableRatio(topology)
  const other = rules?.find((rule) => rule.how !== how)
  const advice: (Advice | false)[] = [
    (how === 'online_kernel' ||
      (how === 'online' &&
        policy.onlinePolicy !== 'auto-movable' &&
        !hasMovableNode(topology))) && {
      message: 'Memory that is plugged comes to a kernel zone, and can hardly be removed later.',
      remedy: MOVABLE_REMEDY,
    },
    who === 'nothing' && {
      message: 'Memory that is plugged stays offline, and is not used: nothing brings it online.',
      remedy: MOVABLE_REMEDY,
    },
    who === 'kernel' &&
      other !== undefined && {
        message: `${other.place} wants ${other.how ?? 'what its conditions say'}, and never has its turn: the kernel writes ${how}.`,
        remedy: `one of both: echo offline > ${KNOB} leaves it to udev; a rule that writes nothing leaves it to the kernel`,
      },
    given !== undefined &&
      given !== policy.autoOnlineBlocks &&
      policy.autoOnlineBlocks !== null && {
        message: `The command line asks for ${given ?? 'nothing'}, and auto_online_blocks reads ${policy.autoOnlineBlocks}: it was written since boot, by hand or by an agent.`,
        remedy: 'find who writes it, or change the command line, so that both say the same',
      },
    ratio !== undefined &&
      ratio > SAFE_RATIO && {
        message: `There is ${ratio} % of movable to kernel memory: the kernel may run out of memory while Movable is free.`,
        remedy: 'bring some of it online with online_kernel, or use online_policy auto-movable',
      },
  ]
  return advice.filter((each) => each !== false)
}

const WINNERS: Readonly<Record<First['who'], string>> = {
  kernel: 'The kernel brings memory online as it is plugged.',
  firmware:
    'The kernel brings memory of this firmware online by itself, whatever auto_online_blocks says.',
  udev: 'A rule of udev brings memory online once it is plugged.',
  nothing: 'Nothing brings memory online that is plugged.',
  unknown:
    'The kernel leaves memory offline that is plugged; whether a rule of udev does not is not known.',
}

/**
 * Who brings memory online, which of them wins, in which zone it comes, and what would make its removal possible later.
 * @param rules of udev; undefined where they are not known
 */
export function diagnosePolicy(
  topology: Topology,
  rules: readonly OnlineRule[] | undefined,
): PolicyDiagnosis {
  const first = firstOf(topology, rules)
  return {
    actors: actorsOf(topology, rules, first),
    winner: WINNERS[first.who],
    zone: zoneOf(topology, first),
    advice: adviceOf(topology, rules, first),
  }
}
