import type { ArchDefinition } from '@memhp/core/plugin'
import { drawX86 } from './draw'
import type { X86Options } from './options'

/** What `x86_64` was checked against, and how a machine of it is drawn: for who tells of it or simulates it. */
export const X86_64_SURVEY: Pick<ArchDefinition<X86Options>, 'evidence' | 'draw'> = {
  evidence: {
    'four levels': {
      recordings: {
        'v3.10': ['x86_64-3.10'],
        'v5.10': ['walks'],
        'v6.1': [
          'x86_64',
          'x86_64-faults',
          'walks',
          'x86_64-page-tables.json.gz',
          'virtio-mem-x86_64-6.1',
        ],
        'v6.12': ['x86_64-6.12.117', 'virtio-mem-x86_64-6.12', 'walks'],
        'v6.18': ['x86_64-6.18.15'],
        'v7.2': ['walks'],
        'v7.3': ['x86_64-7.3.4', 'walks', 'virtio-mem-x86_64-7.3'],
      },
      guests: ['x86_64'],
    },
    'five levels': {
      recordings: { 'v6.1': ['x86_64-page-tables-5-levels.json.gz'] },
      guests: [],
    },
  },
  draw: drawX86,
}
