import { HotplugError } from '@memhp/core'
import { expect, it } from 'vitest'
import { PatientTree } from '../src/apply/patience'
import type { StoppableTree, Target } from '../src/apply/target'
import { createContext } from '../src/context'

/** A kernel that lets go of a write only where it is stopped. */
const stalling: Pick<StoppableTree, 'read' | 'write'> = {
  read: async () => '',
  write: async (path, _, { signal } = {}) => {
    await new Promise((resolve) => {
      if (signal?.aborted) resolve(undefined)
      signal?.addEventListener('abort', resolve)
    })
    throw new HotplugError('NOT_WRITABLE', 'EINTR', `${path}: interrupted`)
  },
}

it.each(['before', 'while'])(
  'a Ctrl-C that comes %s a step is written ends the write',
  async (when) => {
    const interrupt = new AbortController()
    const patience = { idleMs: 60_000, whenStuck: 'wait', pollMs: 10 } as const
    const sink = { write: () => undefined }
    const outside = {
      stdout: sink,
      stderr: sink,
      environment: {},
      interrupt: { signal: () => interrupt.signal },
    }
    const { tree } = new PatientTree({ tree: stalling } as unknown as Target, {
      patience,
      context: createContext({}, outside),
      interrupt: interrupt.signal,
    })
    if (when === 'before') interrupt.abort()
    const written = tree.write('/sys/devices/system/memory/memory1/state', 'offline')
    if (when === 'while') setTimeout(() => interrupt.abort(), 50)
    await expect(written).rejects.toMatchObject({ errno: 'EINTR' })
  },
)
