import { RECORDED_KERNELS, RULE_EVIDENCE } from '../packages/conformance/src/rule-evidence'
import { kernelChanges, seenReleases } from '../packages/core/src/generation/kernel-line'
import { ruleKeys } from './generation-rules'

/** Rules by what shows them on each kernel that was recorded. */
function evidenceRows(): string {
  const rows = ruleKeys()
    .filter(({ group }) => group !== 'mended')
    .map(({ group, key, text }) => {
      const path = `${group}.${key}`
      const shown = RULE_EVIDENCE[path] ?? {}
      const cells = RECORDED_KERNELS.map((release) => {
        const recording = shown[release]
        return recording === undefined ? 'spec' : `[seen](../recordings/${recording})`
      })
      return `| \`${path}\` | ${text} | ${cells.join(' | ')} |`
    })
  return rows.join('\n')
}

/** docs/kernels.md, from the table of changes and the evidence of rules. */
export function kernelsPage(): string {
  const releases = seenReleases()
  const names = releases.map((release) => release.join('.'))
  const rows = kernelChanges(releases).map(({ name, what, arch, on }) => {
    const cells = on
      .map(({ isThere, isSeen }) => (isSeen ? (isThere ? 'yes' : 'no') : ''))
      .join(' | ')
    return `| \`${name}\` | ${what} | ${arch ?? 'all'} | ${cells} |`
  })
  return `# What kernels changed, and what of it was seen

## After 6.12

Written by \`pnpm docs:kernels\` from \`packages/core/src/generation/changes.ts\`, which names the source of each row. A cell says
what was seen on that very kernel; an empty one was not looked at. \`memhp kernels\` prints the same, and \`memhp kernels 6.14.6\` what
is taken for a release.

A release has a change as the nearest kernel of its series has it that was looked at, else as the newest before it, else as the
oldest of all. Where the next newer one says otherwise, or there is none, that is an assumption: a twin tells it among its own
(\`memhp rehearse\`, \`memhp list\`), and \`generationOfRelease\` returns it. Rules of kernels up to 6.12, and all that have
a name side by side: [generations](generations.md).

| change | which is | architecture | ${names.join(' | ')} |
| --- | --- | --- |${' --- |'.repeat(names.length)}
${rows.join('\n')}

## Rules, and the recordings that show them

Written by \`pnpm docs:evidence\`, which gives a rule each other value that some kernel has, one at a time, and replays the recordings of
a kernel: *seen* names one that then differs from the model, for every such value. What is not seen rests on the
[specification](spec/linux-6.1-memory-hotplug.md): no recording of that kernel would notice. The values are in [generations](generations.md);
\`memhp kernels --rules\` prints the table.

| rule | what it says | ${RECORDED_KERNELS.join(' | ')} |
| --- | --- |${' --- |'.repeat(RECORDED_KERNELS.length)}
${evidenceRows()}
`
}
