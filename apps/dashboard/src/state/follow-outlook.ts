// What can go of a machine with too many blocks to be asked as it is opened: worked out beside the page, by a worker for itself.
import { effect } from '@preact/signals'
import { errorText } from '../error-text'
import type { App } from './app'
import { ModelClient } from './model-client'

/** Works it out for each machine that is shown without, until it is done, another machine is shown, or a person stops it. */
export function followOutlook(app: App): void {
  effect(() => {
    const machine = app.machine.value
    if (machine === null || machine.outlook !== null) {
      app.outlookWork.value = null
      return undefined
    }
    const client = new ModelClient()
    app.outlookWork.value = 0
    void workOut(app, client)
    const end = effect(() => {
      if (app.outlookWork.value === 'stopped') client.end()
    })
    return () => {
      end()
      client.end()
    }
  })
}

async function workOut(app: App, client: ModelClient): Promise<void> {
  const { source } = app
  if (source === null) return
  try {
    const outlook = await client.ask('outlook', { source }, (share) => {
      app.outlookWork.value = share
    })
    app.learn(outlook)
  } catch (error) {
    app.error.value = errorText(error)
    app.outlookWork.value = 'stopped'
  }
}
