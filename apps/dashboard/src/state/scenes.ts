// The scenes of the gallery: what there is to see, and where the machine comes from.
import type { GoalWish } from '../protocol/machine-view'

/** A scene. Files lie in `scenes/` beside the page. */
export interface Scene {
  readonly name: string
  readonly title: string
  readonly about: string
  readonly kind: 'removal' | 'story'
  readonly file: string | null
  readonly goal?: GoalWish
}

const story = (name: string, file: string, title: string, about: string): Scene => ({
  name,
  title,
  about,
  kind: 'story',
  file,
})

/** All scenes, the one that the page opens with first. */
export const SCENES: readonly Scene[] = [
  {
    name: 'first',
    title: 'Three nodes, two memory devices',
    about: 'One device can go, and node 2 with it. The other holds a kernel page, and cannot.',
    kind: 'removal',
    file: null,
  },
  story(
    'test-procedure',
    '01-test-procedure.yaml',
    'The test procedure',
    'Plug a device, use its blocks, eject it: the steps that the series of 2012 was tested with.',
  ),
  story(
    'known-problem-1',
    '38-known-problem-1.yaml',
    'Known problem 1',
    'What describes a block lies in a block that came online before it, which cannot go first.',
  ),
  story(
    'known-problem-2',
    'defects/KP2.yaml',
    'Known problem 2',
    'The series of 2012 takes the flags of a section for memory of boot, and the kernel stops.',
  ),
  story(
    'pulled-out',
    'defects/D18.yaml',
    'Pulled out in use',
    'In 2012 a device was ejected although its memory could not be removed.',
  ),
  story(
    'refused',
    '04-refused-eject.yaml',
    'A refused ejection',
    'One block stays, and all others come back online – not where they came from.',
  ),
  story(
    'order',
    '02-removal-order.yaml',
    'The order of removal',
    'What four orders of removal do to the span of a zone.',
  ),
  story(
    'files',
    '06-files-survive.yaml',
    'Files survive',
    'Memory in use moves and keeps its content; pinned memory does not move.',
  ),
  story(
    'no-room',
    '07-no-room.yaml',
    'No room',
    'Without free memory elsewhere nothing moves, and the kernel tries for ever.',
  ),
  story(
    'self-hosted',
    '11-memmap-on-memory.yaml',
    'Struct pages on the memory itself',
    'Memory that brings the space for what describes it.',
  ),
  story(
    'virtio-mem',
    '35-virtio-mem.yaml',
    'virtio-mem that sticks',
    'A device that shrinks in parts of blocks, until one part does not move.',
  ),
  story(
    'power',
    '15-power-dlpar.yaml',
    'POWER: logical memory blocks',
    'A partition gives memory back, block by block.',
  ),
  story(
    's390',
    '23-s390-standby.yaml',
    's390: standby memory',
    'Storage that is asked for as blocks come online.',
  ),
  story(
    'arm64',
    '30-arm64.yaml',
    'Arm: boot memory stays',
    '64-bit Arm never lets memory of boot go; what was plugged goes.',
  ),
  story(
    'loongarch',
    '31-loongarch.yaml',
    'LoongArch',
    'Memory in a window without page tables: only struct pages are left to free.',
  ),
  story(
    'riscv',
    '32-riscv.yaml',
    'RISC-V',
    'Page tables that lose leaves, and boot memory that goes.',
  ),
  story(
    'ia64',
    '25-ia64.yaml',
    'ia64: nothing is freed',
    'Struct pages that are never given back.',
  ),
  story(
    'x86-32',
    '21-x86-32.yaml',
    'x86 of 32 bits: HighMem',
    'Memory above what the kernel maps: struct pages come and go, and page tables are left alone.',
  ),
  story(
    'sh',
    '27-sh.yaml',
    'SuperH',
    'Segments in place of page tables, and struct pages for each section.',
  ),
  {
    name: 'host',
    title: 'A captured host',
    about:
      'The twin of a real machine of three nodes: node 2 is a DIMM with 200 MiB of files on it.',
    kind: 'removal',
    file: 'x86_64-three-nodes.json.gz',
    goal: { kind: 'node', node: 2 },
  },
  {
    name: 'huge',
    title: '64 TiB',
    about: '524,288 memory blocks on sixteen nodes, to look around in.',
    kind: 'removal',
    file: null,
  },
]

/** A scene by its name. */
export const sceneCalled = (name: string): Scene | undefined =>
  SCENES.find((scene) => scene.name === name)
