import { Duplex } from 'node:stream'
import { AgentLane, type LaneOptions } from '../src/agent/lane'

/** What the agent is made to answer. */
export interface FakeAnswer {
  readonly stdout?: string | Uint8Array
  readonly stderr?: string
  readonly status?: number
}

export const NONCE = '0123abcd'

/** The guest's end of a lane, in this process. */
export class FakeAgent {
  readonly requests: string[] = []
  readonly stream: Duplex
  readonly lane: AgentLane
  /** Bytes in one piece; the whole answer by default. */
  pieceBytes: number = Number.POSITIVE_INFINITY

  /** @param answer undefined keeps silent */
  constructor(
    answer: (script: string) => FakeAnswer | undefined,
    options: Pick<LaneOptions, 'timeoutMs' | 'onTold'> = {},
  ) {
    this.stream = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _, done) => {
        const [, id = '', script = ''] = /^(\d+) (.*)\n$/s.exec(chunk.toString()) ?? []
        this.requests.push(script)
        const { stdout = '', stderr = '', status = 0 } = answer(script) ?? { status: -1 }
        const end = `\n@${NONCE} E\n${stderr}\n@${NONCE} ${id} ${status}\n`
        if (status !== -1) this.send(Buffer.concat([Buffer.from(stdout), Buffer.from(end)]))
        done()
      },
    })
    this.lane = new AgentLane(this.stream, { nonce: NONCE, name: 'test', ...options })
  }

  greet(release = '6.1.0'): void {
    this.send(Buffer.from(`@${NONCE} ready ${release}\n`))
  }

  send(bytes: Buffer): void {
    const step = Math.min(this.pieceBytes, bytes.length)
    for (let start = 0; start < bytes.length; start += step) {
      this.stream.push(bytes.subarray(start, start + step))
    }
  }
}
