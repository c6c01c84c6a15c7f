import type { Mutant } from './mutant'

/** Faults of what replay reads and compares. */
export const REPLAY_MUTANTS: readonly Mutant[] = [
  {
    id: 'view-keeps-lost-lines',
    fault: 'A flat view that is brought up to date keeps the lines of what is gone.',
    in: 'FlatLines.end',
    from: 'if (this.#found.length + this.#againCount < this.#view.size) this.#dropLost()',
    to: '',
    tests: ['flat-reader'],
  },
  {
    id: 'version-without-zone',
    fault: 'A block that went from one zone to another, or may, is taken for the same as before.',
    in: 'showAlike',
    from: 'a.zones === b.zones',
    to: 'true',
    tests: ['flat-reader'],
  },
  {
    id: 'version-without-binding',
    fault: 'A block that was bound to another firmware device is taken for the same as before.',
    in: 'showAlike',
    from: 'a.block.firmwareNode === b.block.firmwareNode',
    to: 'true',
    tests: ['flat-reader'],
  },
  {
    id: 'version-without-choice-of-zones',
    fault: 'An offline block is taken for the same as before, whatever zones it may join now.',
    in: 'versionOf',
    from: "block.state === 'online' ? block.zone : zonesText(machine, block)",
    to: 'block.zone',
    tests: ['flat-reader'],
  },
  {
    id: 'recorded-change-not-compared',
    fault: 'A text that changed in the recording only is not compared.',
    in: 'ViewComparison.#compare',
    from: 'for (const key of keys) this.#compareKey(key, view)',
    to: '',
    tests: ['replay-differences'],
  },
  {
    id: 'model-change-not-compared',
    fault: 'A text that changed on the model only is not compared.',
    in: 'ViewComparison.#compare',
    from: 'for (const key of changed) this.#compareKey(key, view)',
    to: '',
    tests: ['replay-differences'],
  },
  {
    id: 'shorter-lists-are-alike',
    fault: 'Lists of different lengths are taken for alike.',
    in: 'areAlike',
    from: 'if (Object.keys(model).length !== keys.length) return false',
    to: '',
    tests: ['replay-differences'],
  },
]
