/**
 * V8's flags for threads that replay: it waits before it compiles functions anew that have run for a while, which beside a
 * replay of a second takes two fifths of the processors' time, and new objects have 16 MiB, so that few live when that is full. Only where V8 is
 * known to have the flags: in Node 20.
 */
export const threadFlags = (): readonly string[] =>
  process.versions.v8.startsWith('11.3.')
    ? ['--interrupt-budget=1000000', '--min-semi-space-size=16']
    : []
