// The state of the page, as signals, and what changes it. Nothing here draws.
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals'
import { errorText } from '../error-text'
import { BlockColumns } from '../map/block-columns'
import type { ColourBy, Theme } from '../map/palette'
import type { GoalWish, MachineView, OutlookView } from '../protocol/machine-view'
import type { Source } from '../protocol/messages'
import type { FaultWish, Frame, PlanView, Timeline } from '../protocol/timeline'
import { ModelClient } from './model-client'

/** A server of `memhp dashboard`. */
export interface LiveServer {
  readonly name: string
  readonly writable: boolean
  /** Asks for a write. @returns the question, and what answers it with yes */
  ask(
    path: string,
    text: string,
  ): Promise<{ readonly question: string; readonly confirm: () => Promise<void> }>
}

/** What is compared with. */
export interface Compared {
  readonly title: string
  readonly timeline: Timeline
}

/** The page: its state and what can be done to it. */
export class App {
  readonly machine = signal<MachineView | null>(null)
  readonly columns = signal<BlockColumns | null>(null)
  readonly timeline = signal<Timeline | null>(null)
  /** Index into the frames of the timeline. */
  readonly frame = signal(0)
  readonly playing = signal(false)
  /** Frames a second. */
  readonly speed = signal(5)
  readonly goal = signal<GoalWish | null>(null)
  readonly plan = signal<PlanView | null>(null)
  readonly by = signal<ColourBy>('outlook')
  readonly theme = signal<Theme>('light')
  /** Block in the focus of the map. */
  readonly focused = signal<number | null>(null)
  readonly hovered = signal<number | null>(null)
  /** Share of what can go that is worked out; `stopped`: by a person; null: nothing is to be worked out. */
  readonly outlookWork = signal<number | 'stopped' | null>(null)
  readonly busy = signal<string | null>(null)
  readonly error = signal<string | null>(null)
  /** Name of the scene; null for what was dropped or came from a server. */
  readonly scene = signal<string | null>(null)
  /** What changed of a live machine since it was read; empty where nothing did, or it is not one. */
  readonly news = signal<readonly string[]>([])
  /** How changes of the live machine are noticed, in words of its server; null: nothing changes there. */
  readonly heard = signal<string | null>(null)
  /** Where the page has its machine from, where that is a server; null for the page by itself. */
  readonly live = signal<LiveServer | null>(null)
  /** The same on another kernel, or another scene, to be compared; null where nothing is. */
  readonly other = signal<Compared | null>(null)
  /** Architectures on which memory comes and goes; empty until they are asked for. */
  readonly archs = signal<readonly string[]>([])
  readonly client = new ModelClient()

  /** The moment that is shown; null before anything was done. */
  readonly now: ReadonlySignal<Frame | null> = computed(
    () => this.timeline.value?.frames[this.frame.value] ?? null,
  )

  /** Where the machine came from, so that another like it can be made; null before the first. */
  source: Source | null = null
  #shown = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    effect(() => this.#tick())
  }

  /**
   * Opens a machine. What fails is told in `error`, and the machine before stays.
   * @param as `scene`: its name in the gallery; `again`: it is the machine that is shown, and the block in focus stays
   * @returns whether it is open
   */
  async open(
    source: Source,
    {
      scene = null,
      again = false,
    }: { readonly scene?: string | null; readonly again?: boolean } = {},
  ): Promise<boolean> {
    const isOpen = await this.#work('reading the machine', async () => {
      const { machine, timeline } = await this.client.ask('open', { source })
      this.playing.value = false
      this.plan.value = null
      this.goal.value = machine.goal
      this.scene.value = scene
      const focused = this.focused.value
      const stays = machine.runs.some(
        ({ start, end }) => focused !== null && start <= focused && focused < end,
      )
      if (!again || !stays) this.focused.value = null
      this.source = source
      this.machine.value = machine
      this.other.value = null
      this.#setTimeline(timeline)
    })
    if (isOpen && this.goal.value !== null && this.timeline.value === null)
      await this.wish(this.goal.value)
    return isOpen
  }

  /** Another goal: it is planned at once. */
  async wish(goal: GoalWish): Promise<void> {
    this.goal.value = goal
    this.other.value = null
    await this.#work('planning', async () => {
      this.#setTimeline(null)
      this.plan.value = null
      this.plan.value = await this.client.ask('plan', { goal })
    })
  }

  /** Carries the plan out; what happens is shown from its beginning. */
  async run(fault: FaultWish | null = null): Promise<void> {
    const goal = this.goal.value
    if (goal === null) {
      if (this.timeline.value !== null) await this.#retell(fault)
      return
    }
    await this.#work('removing', async () => {
      const timeline = await this.client.ask('remove', { goal, fault })
      this.#setTimeline(timeline)
    })
  }

  /** The same story, with a fault in it. */
  async #retell(fault: FaultWish | null): Promise<void> {
    await this.#work('telling it again', async () => {
      const { machine, timeline } = await this.client.ask('retell', { fault })
      this.machine.value = machine
      this.#setTimeline(timeline)
    })
  }

  /** Plays from here on, or from the beginning; what has not run yet is run first. */
  async play(): Promise<void> {
    if (this.timeline.value === null) await this.run()
    const { timeline, frame } = this
    if (timeline.value === null) return
    if (frame.value >= timeline.value.frames.length - 1) this.seek(0)
    this.playing.value = true
  }

  /** Shows what can go, once that is known. The moment stays. */
  learn(outlook: OutlookView): void {
    const { machine, timeline } = this
    if (machine.value === null) return
    const [at, isPlaying] = [this.frame.value, this.playing.value]
    machine.value = { ...machine.value, outlook }
    this.#setTimeline(timeline.value)
    this.seek(at)
    this.playing.value = isPlaying
  }

  pause(): void {
    this.playing.value = false
  }

  /** Shows another moment. */
  seek(frame: number): void {
    const frames = this.timeline.value?.frames ?? []
    const wanted = Math.max(0, Math.min(frames.length - 1, Math.round(frame)))
    const { columns } = this
    if (columns.value === null || frames.length === 0) return
    while (this.#shown < wanted) {
      this.#shown += 1
      columns.value.apply(frames[this.#shown]?.blocks ?? [], 'on')
    }
    while (this.#shown > wanted) {
      columns.value.apply(frames[this.#shown]?.blocks ?? [], 'back')
      this.#shown -= 1
    }
    this.frame.value = wanted
  }

  /** One named step on, or back. */
  async step(by: 1 | -1): Promise<void> {
    this.pause()
    if (this.timeline.value === null && by === 1) await this.run()
    else this.seek(this.frame.value + by)
  }

  /** Runs again with a point that fails, and plays from the moment before it to that where it failed. */
  async fail(fault: FaultWish | null): Promise<void> {
    const at = this.frame.value
    await this.run(fault)
    const brokeAt = this.timeline.value?.brokeAt ?? null
    this.seek(brokeAt === null ? at : brokeAt - 1)
    if (brokeAt !== null) this.playing.value = true
    else if (fault !== null && this.error.value === null)
      this.error.value = `Nothing failed: ${fault.point} is not passed there.`
  }

  /** Shows a timeline from its beginning; null: the machine as it was opened. */
  #setTimeline(timeline: Timeline | null): void {
    const machine = this.machine.value
    this.playing.value = false
    this.#shown = 0
    this.frame.value = 0
    this.timeline.value = timeline
    if (machine === null) return
    this.columns.value = new BlockColumns(this.#machineAtStart(machine, timeline), timeline)
  }

  /** A story's machine is told as its end left it: gone back to the beginning. */
  #machineAtStart(machine: MachineView, timeline: Timeline | null): MachineView {
    if (timeline === null || this.goal.value !== null) return machine
    const first = new Map(
      timeline.frames
        .flatMap(({ blocks }) => blocks)
        .toReversed()
        .map(({ id, before }) => [id, before] as const),
    )
    const runs = machine.runs.flatMap((run) => {
      const inside = [...first.keys()].some((id) => run.start <= id && id < run.end)
      if (!inside) return [run]
      return Array.from({ length: run.end - run.start }, (_, i) => ({
        start: run.start + i,
        end: run.start + i + 1,
        cell: run.cell,
      })).filter(({ start }) => !first.has(start))
    })
    const before = [...first].flatMap(([id, cell]) =>
      cell === null ? [] : [{ start: id, end: id + 1, cell }],
    )
    return { ...machine, runs: [...runs, ...before] }
  }

  /** Goes on as long as it plays. */
  #tick(): void {
    clearTimeout(this.#timer)
    const last = (this.timeline.value?.frames.length ?? 0) - 1
    const at = this.frame.value
    if (!this.playing.value) return
    if (at >= last) {
      this.playing.value = false
      return
    }
    this.#timer = setTimeout(() => this.#playTo(at + 1), 1000 / this.speed.value)
  }

  /** Shows the next moment; at the one that failed it waits, until it is played on. */
  #playTo(frame: number): void {
    this.seek(frame)
    if (frame === this.timeline.value?.brokeAt) this.playing.value = false
  }

  async #work(what: string, act: () => Promise<void>): Promise<boolean> {
    this.busy.value = what
    this.error.value = null
    try {
      await act()
      return true
    } catch (error) {
      this.error.value = errorText(error)
      return false
    } finally {
      this.busy.value = null
    }
  }
}
