import { kernelChanges, seenReleases } from '../packages/core/src/generation/kernel-line'

/** docs/kernels.md, from the table of changes. */
export function kernelsPage(): string {
  const releases = seenReleases()
  const names = releases.map((release) => release.join('.'))
  const rows = kernelChanges(releases).map(({ name, what, arch, on }) => {
    const cells = on
      .map(({ isThere, isSeen }) => (isSeen ? (isThere ? 'yes' : 'no') : ''))
      .join(' | ')
    return `| \`${name}\` | ${what} | ${arch ?? 'all'} | ${cells} |`
  })
  return `# What kernels after 6.12 changed

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
`
}
