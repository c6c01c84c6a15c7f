import { ERRNO, isHotplugError } from '@memhp/core'
import type { FuseAnswer } from '../fuse/connection'

/** A write(2) that a program waits for. */
export interface WaitingWrite {
  /** The number of the request, by which the kernel tells that a signal came. */
  readonly unique: number
  /** The file, and the directory that it is in. */
  readonly path: string
  /** Carries the write out. @throws HotplugError where the machine refuses it */
  readonly carryOut: () => FuseAnswer
  /** How long it takes, asked as it begins. Milliseconds of the machine's time. */
  readonly duration: () => number
}

/** A write that waits, and how its writer is answered. */
interface Waiting extends WaitingWrite {
  readonly answer: (answer: FuseAnswer) => void
}

/** Files whose writes take the lock of device hot-plug. Source: state_store, online_store; lock_device_hotplug, drivers/base/core.c 6.1. */
const TAKES_LOCK = /\/memory\d+\/(?:state|online)$/

const GONE: FuseAnswer = { kind: 'errno', errno: ERRNO.ENODEV }

const isStalled = (error: unknown): boolean =>
  isHotplugError(error) && error.code === 'OFFLINE_STALLED'

/**
 * Writes that go on until a signal comes to their writer, or what they wait for does: one that takes memory offline which does not move
 * now, or takes its time to, and behind it those that want the lock that it holds. Other files are read and written meanwhile.
 *
 * The model says EINTR at once; without a signal chmem, dd, and programs in Python, Go and Node would only write again.
 */
export class StalledWrites {
  /** The first is under way, and the others wait for it to end. */
  readonly #waiting: Waiting[] = []
  readonly #refusal: (error: unknown) => FuseAnswer
  readonly #now: () => number
  /** When those that have begun are done, by the numbers of their requests. */
  readonly #due = new Map<number, number>()
  #hasEnded = false

  /** @param of `refusal`: the answer to a write that threw; `now`: the machine's time in milliseconds */
  constructor(of: {
    readonly refusal: (error: unknown) => FuseAnswer
    readonly now: () => number
  }) {
    this.#refusal = of.refusal
    this.#now = of.now
  }

  /** The path of the block that is going offline; undefined where none is. */
  get blockUnderWay(): string | undefined {
    return this.#waiting[0]?.path.replace(/\/[^/]*$/, '')
  }

  /** Carries a write out, now or when it can be. */
  write(write: WaitingWrite): FuseAnswer | Promise<FuseAnswer> {
    if (this.#waiting.length === 0 || !TAKES_LOCK.test(write.path)) {
      const answer = this.#attempt(write)
      if (answer !== undefined) return answer
    }
    return new Promise((resolve) => {
      this.#waiting.push({ ...write, answer: resolve })
    })
  }

  /** Tries again what waits, in order, after something changed. */
  retry(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const answer = this.#attempt(first)
      if (answer === undefined) return
      this.#waiting.shift()
      first.answer(answer)
    }
  }

  /** A signal came to a writer. What it had begun has been undone. */
  interrupt(unique: number): void {
    const at = this.#waiting.findIndex((each) => each.unique === unique)
    if (at === -1) return
    const [interrupted] = this.#waiting.splice(at, 1)
    this.#due.delete(unique)
    interrupted?.answer({ kind: 'errno', errno: ERRNO.EINTR })
    if (at === 0) this.retry()
  }

  /** Ends all that waits, and lets nothing wait any more: the mount goes. */
  end(): void {
    this.#hasEnded = true
    for (const { answer } of this.#waiting.splice(0)) answer(GONE)
  }

  /** @returns undefined where it goes on */
  #attempt(write: WaitingWrite): FuseAnswer | undefined {
    const answer = this.#isDue(write) ? this.#outcome(write) : undefined
    if (answer === undefined) return this.#hasEnded ? GONE : undefined
    this.#due.delete(write.unique)
    return answer
  }

  /** Whether its time is over, which begins when it is first asked for. */
  #isDue({ unique, duration }: WaitingWrite): boolean {
    const due = this.#due.get(unique) ?? this.#now() + duration()
    this.#due.set(unique, due)
    return due <= this.#now()
  }

  #outcome({ carryOut }: WaitingWrite): FuseAnswer | undefined {
    try {
      return carryOut()
    } catch (error) {
      return isStalled(error) ? undefined : this.#refusal(error)
    }
  }
}
