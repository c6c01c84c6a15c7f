import type { CheckWant } from '../format/check'
import { compareText } from './compare-text'
import { checkPlatform, checkRefusal, checkUevents } from './event-checks'
import type { Difference, Evidence } from './evidence'
import {
  checkDiffers,
  checkIntact,
  checkKthreads,
  checkMemTotal,
  checkPlugged,
  checkSame,
  checkZone,
} from './state-checks'
import { checkBlocks, checkFile, checkNodeList } from './tree-checks'

/** What is otherwise than a check wants; nothing where all agrees. */
export function verify(want: CheckWant, evidence: Evidence): readonly Difference[] {
  const { session, outcome, happenings, managedPagesBefore: pagesBefore } = evidence
  const { machine } = session
  const { tree } = machine
  switch (want.kind) {
    case 'blocks':
      return checkBlocks(tree, want)
    case 'nodes':
      return checkNodeList(tree, want)
    case 'file':
      return checkFile(tree, want)
    case 'read':
      return outcome.kind === 'done' ? compareText('text', outcome.text ?? '', want.want) : []
    case 'log':
      return compareText('log', happenings.log.map(({ text }) => text).join('\n'), want.want)
    case 'uevents':
      return checkUevents(happenings.uevents, want.uevents)
    case 'platform':
      return checkPlatform(happenings.platform, want.events)
    case 'refused':
      return checkRefusal(outcome, want)
    case 'zone':
      return checkZone(machine, want)
    case 'plugged':
      return checkPlugged(machine, want.ids)
    case 'mem-total':
      return checkMemTotal(machine, { expectedBytes: want.changeBytes, pagesBefore })
    case 'kthreads':
      return checkKthreads(machine, want.nodes)
    case 'intact':
      return checkIntact(session, want.names)
    case 'same-as':
      return checkSame(session, want.snapshot)
    case 'differs-from':
      return checkDiffers(session, want.snapshot)
  }
}
