import { existsSync } from 'node:fs'
import { THOROUGH } from '../thorough'

/** What a page shows and no test runs, with the reason. Its types and flags are checked all the same. */
interface NotRun {
  /** A part of the line of a shell, or of the program. */
  readonly shows: string | RegExp
  readonly why: string
}

const ALWAYS: readonly NotRun[] = [
  { shows: 'npm start', why: 'It installs and builds, which has happened where a test runs.' },
  { shows: 'npm test', why: 'It runs this test.' },
  { shows: 'pnpm fuzz', why: 'It builds, and draws new inputs; npm test tries those of one seed.' },
  { shows: 'bash findings/', why: 'It downloads packages and boots guests.' },
  { shows: 'pnpm mutants', why: 'The mutants run beside the tests, for longer than all of them.' },
  { shows: 'memhp verify', why: 'It boots a guest: apps/cli/tests/verify.test.ts does.' },
  { shows: 'pnpm site', why: 'It builds the site: apps/site/tests does.' },
  { shows: 'memhp dashboard', why: 'It serves until Ctrl-C: apps/dashboard/tests has it.' },
  {
    shows: 'memhp-dashboard',
    why: 'It builds, serves or measures the page: apps/dashboard/tests has it built and measured.',
  },
  { shows: 'npm run tarballs', why: 'It builds; what it packs is tried out by npm test.' },
  {
    shows: 'npm install ',
    why: 'It needs the network; what it installs is tried out by npm test.',
  },
  { shows: 'apt-get install', why: 'It changes the machine.' },
  { shows: 'fetch-kernels.mjs', why: 'It downloads kernels, which .ci/run does.' },
  { shows: 'captures/make.mjs', why: 'It boots guests, and replaces the captures.' },
  { shows: 'QmpClient.connect(', why: 'It needs a virtual machine that has a dimm1.' },
  { shows: 'startGuest(', why: 'It boots a guest: packages/qemu/tests/guest.test.ts does.' },
  {
    shows: 'connectAgent(',
    why: 'It needs a guest with an agent: apps/cli/tests/agent-guest.test.ts has one.',
  },
  {
    shows: /test(?:Arch|Driver)\(/,
    why: 'Contract suites take minutes: packages/conformance/tests/contracts runs those of our plugins.',
  },
  { shows: "id: 'zone-span-stays'", why: 'It is one entry of the list that pnpm mutants runs.' },
]

/** What takes seconds, and has tests besides. */
const LONG: readonly NotRun[] = [
  { shows: 'memhp replay recordings', why: 'packages/conformance/tests/replay.test.ts has them.' },
  {
    shows: /memhp faults --arch x86_64 --kernel v6\.1 *#/,
    why: 'apps/cli/tests/faults.test.ts has it.',
  },
]

/** On a machine that is not Linux, or has no memory hot-plug. */
const WITHOUT_BLOCKS: readonly NotRun[] = [
  /hostTree\(\)/,
  /memhp list *(#|$)/,
  /memhp show block \d+ *(#|$)/,
  /memhp capture -o/,
  /memhp chmem -d \w+ --dry-run/,
  /memhp watch --until/,
  /host\.json\.gz/,
].map((shows) => ({ shows, why: 'It reads the memory blocks of this machine, which has none.' }))

/** Everything that does not run here. */
export const NOT_RUN: readonly NotRun[] = [
  ...ALWAYS,
  ...(THOROUGH ? [] : LONG),
  ...(existsSync('/sys/devices/system/memory/block_size_bytes') ? [] : WITHOUT_BLOCKS),
]

/** Why a line or a program does not run here; undefined where it does. */
export const whyNotRun = (text: string): string | undefined =>
  NOT_RUN.find(({ shows }) => (typeof shows === 'string' ? text.includes(shows) : shows.test(text)))
    ?.why
