/**
 * V8's flags for threads that replay. It waits before it compiles functions anew that have run for a while: beside a replay
 * of a second that took two fifths of the processors' time. New space is 16 MiB, so that few objects live when it is
 * full. Each thread compiles and collects by itself: all processors have one that replays, and helpers would only take
 * turns with those. Only where V8 is known to have the flags, in Node 20.
 */
export const threadFlags = (): readonly string[] =>
  process.versions.v8.startsWith('11.3.')
    ? [
        '--interrupt-budget=1000000',
        '--min-semi-space-size=16',
        '--no-concurrent-recompilation',
        '--no-parallel-scavenge',
      ]
    : []
