import { parseCapture, strictJson } from '@memhp/capture'
import { PLUGINS } from '@memhp/platforms'
import { LOOKS, twinOf } from '@memhp/twin'
import type { Source } from '../protocol/messages'
import type { Story } from './opened-machine'

type FileSource = Extract<Source, { kind: 'file' }>

/** What a text is: captures and scenarios name their format, recorded runs have steps. */
function kindOfText(text: string): 'capture' | 'scenario' | 'trace' | 'unknown' {
  const isJson = /^\s*\{/.test(text)
  if (!isJson) return /^memhp-scenario:/m.test(text) ? 'scenario' : 'unknown'
  if (/"format"\s*:\s*"memhp-capture"/.test(text.slice(0, 4096))) return 'capture'
  return /"steps"\s*:/.test(text) ? 'trace' : 'unknown'
}

async function openCapture({ name, text }: FileSource, kernel: string | undefined): Promise<Story> {
  const capture = parseCapture(text, { json: strictJson })
  const { machine } = await twinOf(capture, PLUGINS, {
    looks: LOOKS,
    ...(kernel !== undefined && { kernel }),
  })
  return {
    machine,
    said: {
      title: name,
      about: 'The twin of a captured host: a machine in this page. The host itself is not touched.',
      goal: null,
    },
    timeline: null,
    recorder: null,
  }
}

/** Opens what was dropped on the page. @throws Error that says what would be right */
export async function openFile(source: FileSource, kernel: string | undefined): Promise<Story> {
  switch (kindOfText(source.text)) {
    case 'capture':
      return openCapture(source, kernel)
    case 'scenario': {
      const { openScenario } = await import('./open-scenario')
      return openScenario(source)
    }
    case 'trace': {
      const { openTrace } = await import('./open-trace')
      return openTrace(source)
    }
    case 'unknown':
      throw new Error(
        `${source.name} is neither a capture (memhp capture -o host.json.gz), nor a scenario (memhp-scenario: 1), nor a recorded run.`,
      )
  }
}
