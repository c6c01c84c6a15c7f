// The model in a worker of the page: answers one request after the other.
import { errorText } from '../error-text'
import type { CallName, Calls, Request, Response } from '../protocol/messages'
import type { TellShare } from './outlook'
import { ModelSession } from './session'

const session = new ModelSession()

async function answer(request: Request, tell: TellShare): Promise<Calls[CallName]['answer']> {
  switch (request.call) {
    case 'open':
      return session.open(request.ask)
    case 'archs':
      return (await import('./like-machine')).archsThatAdd()
    case 'elsewhere':
      return session.elsewhere(request.ask)
    case 'outlook':
      return session.outlook(request.ask, tell)
    case 'plan':
      return session.plan(request.ask)
    case 'remove':
      return session.remove(request.ask)
    case 'retell':
      return session.retell(request.ask)
    case 'tables':
      return session.tables(request.ask)
    case 'cells':
      return session.cells(request.ask)
  }
}

const post = (response: Response): void => postMessage(response)

let last: Promise<void> = Promise.resolve()

async function serve(request: Request): Promise<void> {
  const { id } = request
  const tell: TellShare = (share) => post({ id, share })
  const response = await answer(request, tell).then(
    (given): Response => ({ id, answer: given }),
    (error: unknown): Response => ({
      id,
      failure: errorText(error),
    }),
  )
  post(response)
}

addEventListener('message', (event: MessageEvent<Request>) => {
  last = last.then(() => serve(event.data))
})
