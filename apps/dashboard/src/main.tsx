import { effect } from '@preact/signals'
import { render } from 'preact'
import { App } from './state/app'
import { followOutlook } from './state/follow-outlook'
import { openAddress } from './state/open-address'
import { AppView } from './ui/app-view'

const app = new App()
app.theme.value = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
effect(() => {
  document.documentElement.dataset.theme = app.theme.value
})
const root = document.getElementById('app')
if (root !== null) render(<AppView app={app} />, root)
followOutlook(app)
void openAddress(app)
addEventListener('hashchange', () => void openAddress(app))
