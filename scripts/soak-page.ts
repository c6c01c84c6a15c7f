/** One long walk on a real kernel, and its outcome. */
export interface SoakedWalk {
  readonly guest: string
  /** Release that the guest told. */
  readonly kernel: string
  readonly seed: number
  /** Steps that were carried out; those in which everything agreed; unmovable pages that were placed as the kernel showed. */
  readonly taken: number
  readonly agreeing: number
  readonly hints: number
  /** Time of the guest without its boot. */
  readonly minutes: number
}

const sum = (
  walks: readonly SoakedWalk[],
  of: 'taken' | 'agreeing' | 'hints' | 'minutes',
): number => walks.reduce((total, walk) => total + walk[of], 0)

const seedText = ({ seed, taken, agreeing }: SoakedWalk): string =>
  agreeing === taken ? `${seed}` : `**${seed}: differs at step ${agreeing}**`

function guestRow(guest: string, walks: readonly SoakedWalk[]): string {
  const kernels = [...new Set(walks.map(({ kernel }) => kernel))].join(', ')
  const figures = [sum(walks, 'taken'), sum(walks, 'agreeing'), sum(walks, 'hints')]
  const minutes = Math.round(sum(walks, 'minutes'))
  return `| ${[guest, kernels, ...figures, minutes, walks.map(seedText).join(', ')].join(' | ')} |`
}

/** docs/soak.md: the outcome of long walks. */
export function soakPage(walks: readonly SoakedWalk[]): string {
  const guests = [...new Set(walks.map(({ guest }) => guest))].sort()
  const rows = guests.map((guest) =>
    guestRow(
      guest,
      walks.filter((walk) => walk.guest === guest),
    ),
  )
  const [taken, agreeing, hints] = [
    sum(walks, 'taken'),
    sum(walks, 'agreeing'),
    sum(walks, 'hints'),
  ]
  return `# Long walks on real kernels

Written by \`pnpm soak\`, which walks for hours outside CI: \`memhp verify --steps 250\` on one guest after the other, each with another seed. A
walk ends at its first difference; what differed is looked into, and walked again when it is mended (so came to be
\`ppc64le-radix-stalled\`, \`x86_64-6.1-virtio-kept\`, \`x86_64-6.1-virtio-full\` and \`arm64-7.3-virtio-stuck\` among the
[recordings](../recordings), and the order in which notifiers are asked). In all **${taken} steps** in ${walks.length} walks, of which **${agreeing} agree**, with ${hints} hints.

| guest | kernel | steps | agree | hints | minutes | seeds |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`
}
