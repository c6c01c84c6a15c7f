import type { Mutant } from './mutant'

/** Defects of the series of 2012 that do nothing, or are not only theirs. */
export const DEFECT_MUTANTS: readonly Mutant[] = [
  {
    id: 'empty-span-on-new-nodes',
    fault: 'With D6 a zone that never had memory begins at page 0, too.',
    in: 'spanOfAdded',
    from: "emptySpan === 'at-0' && zone.isInitialised && zone.spannedPages === 0",
    to: "emptySpan === 'at-0' && zone.spannedPages === 0",
    tests: ['conformance/defects'],
  },
  {
    id: 'stale-pages-are-free',
    fault: 'With D13 pages with stale struct pages are free as others.',
    in: 'refuseStalePages',
    from: 'takeOut(machine, part, PAGE_KIND.slab)',
    to: '',
    tests: ['conformance/defects'],
  },
  {
    id: 'cured-pages-are-not-counted',
    fault: 'With D14 the count of poisoned pages falls as it does without.',
    in: 'clearPoison',
    from: 'machine.state.memory.curedPages += count',
    to: '',
    tests: ['conformance/defects'],
  },
  {
    id: 'split-leaf-is-filled',
    fault: 'With D7 the rest of a large leaf stays mapped.',
    in: 'splitEntry',
    from: "splitLeaf === 'filled' ? level.entries : 0",
    to: 'level.entries',
    tests: ['conformance/defects'],
  },
  {
    id: 'refusal-is-always-ignored',
    fault: 'A refusal of the architecture is taken for success without D4.',
    in: 'leftBehind',
    from: "machine.generation.rules.mended.archRefusal === 'ignored'",
    to: 'true',
    tests: ['conformance/defects'],
  },
  {
    id: 'defect-on-any-kernel',
    fault: 'A defect can be switched on in a kernel that it does not belong to.',
    in: 'withDefects',
    from: 'const { name, defects = {} } = generation',
    to: 'const { name, defects = {} } = { ...generation, defects: Object.assign({}, ...kernels.map((each) => each.defects)) }',
    tests: ['conformance/defects'],
  },
]
