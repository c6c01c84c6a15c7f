// Benchmarks. Each figure stands beside a baseline of the same run: machines are noisy, ratios are not.
import { blockId, GIB, offlineBlock } from '@memhp/core'
import { archRows } from './archs'
import { bundleRows } from './bundle-rows'
import { largeHostRows } from './large-host'
import {
  type BareColumns,
  bareColumns,
  bareLoop,
  deviceLife,
  HALF_FULL_PAGES,
  halfFull,
  unplugDevice,
} from './life'
import { boot, description, LARGE, SMALL } from './machines'
import { bytesHeld, median, type Row, sample, showTable } from './measure'
import { mountRows } from './mount'
import { replayRow } from './replay'
import { simulationRows } from './simulation'
import { startRow } from './start'

function bootRows(): Row[] {
  const small = sample(100, () => boot(SMALL))
  const large = sample(100, () => boot(LARGE))
  const held = bytesHeld(() => boot(LARGE))
  const ratio = median(large) / median(small)
  return [
    {
      what: 'boot 64 TiB in 64 nodes',
      figure: `${median(large).toFixed(2)} ms`,
      baseline: `boot 1 GiB: ${median(small).toFixed(2)} ms`,
      ratio,
      target: 'under 1 s, at most 3x',
      met: median(large) < 1000 && ratio <= 3,
    },
    {
      what: 'memory held by it',
      figure: `${(held / 2 ** 20).toFixed(2)} MiB`,
      baseline: '300 MB',
      ratio: held / 300e6,
      target: 'under 300 MB',
      met: held < 300e6,
    },
  ]
}

function lifeRow(): Row {
  const machine = boot(SMALL)
  const columns = bareColumns()
  const life = sample(50, () => deviceLife(machine))
  const bare = sample(50, () => bareLoop(columns))
  const ratio = median(life) / median(bare)
  return {
    what: 'life of an idle 1 GiB device',
    figure: `${median(life).toFixed(3)} ms`,
    baseline: `bare loop, 4 x 262,144 descriptors: ${median(bare).toFixed(3)} ms`,
    ratio,
    target: 'under 5 ms, at most 10x',
    met: median(life) < 5 && ratio <= 10,
  }
}

/** Runs of the migration: the first few are compiled as they go. */
const MIGRATIONS = 15

function migrationRow(): Row {
  const columns = bareColumns()
  const copies = sample(20, () => copyPages(columns))
  const times: number[] = []
  for (let run = 0; run < MIGRATIONS; run++) {
    const machine = boot(description({ nodes: 1, nodeBytes: 4 * GIB }))
    const blocks = halfFull(machine)
    times.push(
      ...sample(1, () => {
        for (const id of blocks) offlineBlock(machine, blockId(id))
      }),
    )
    unplugDevice(machine)
  }
  const perPage = (median(times) / HALF_FULL_PAGES) * 1e6
  const perCopy = (median(copies) / HALF_FULL_PAGES) * 1e6
  return {
    what: 'offline 1 GiB, half of it in use: per migrated page',
    figure: `${perPage.toFixed(0)} ns`,
    baseline: `bare copy of its descriptor: ${perCopy.toFixed(1)} ns (before: 32x to 98x)`,
    ratio: perPage / perCopy,
    target: 'under 10x',
    met: perPage < 10 * perCopy,
  }
}

/** Copies half the descriptors to the other half, column by column: what moving a page cannot avoid. */
function copyPages({ kind, flags, order, owner, index, data }: BareColumns): void {
  for (let page = 0; page < HALF_FULL_PAGES; page++) {
    const to = page + HALF_FULL_PAGES
    kind[to] = kind[page] ?? 0
    flags[to] = flags[page] ?? 0
    order[to] = order[page] ?? 0
    owner[to] = owner[page] ?? 0
    index[to] = index[page] ?? 0
    data[to] = data[page] ?? 0
  }
}

const DEVICES = 10_000

function turnoverRows(): Row[] {
  const machine = boot(SMALL)
  for (let i = 0; i < 2500; i++) deviceLife(machine)
  const lives: number[] = []
  const before = bytesHeld(() => machine)
  for (let i = 0; i < DEVICES; i++) lives.push(...sample(1, () => deviceLife(machine)))
  const grown = bytesHeld(() => machine) - before
  const first = median(lives.slice(0, 1000))
  const last = median(lives.slice(-1000))
  return [
    {
      what: `${DEVICES.toLocaleString('en')} devices in turn: the last thousand`,
      figure: `${last.toFixed(3)} ms`,
      baseline: `the first thousand: ${first.toFixed(3)} ms`,
      ratio: last / first,
      target: 'constant (at most 1.5x)',
      met: last / first <= 1.5,
    },
    {
      what: 'memory grown over them',
      figure: `${(grown / 1024).toFixed(0)} KiB`,
      baseline: `${(grown / DEVICES).toFixed(1)} bytes a device`,
      ratio: undefined,
      target: 'none (the journal is full before)',
      met: grown < 4 * 2 ** 20,
    },
  ]
}

showTable([
  ...bootRows(),
  lifeRow(),
  ...archRows(),
  migrationRow(),
  ...turnoverRows(),
  replayRow(),
  ...simulationRows(),
  startRow(),
  ...largeHostRows(),
  ...(await mountRows()),
  ...(await bundleRows()),
])
