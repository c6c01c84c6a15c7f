import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defineConfig, type Plugin } from 'vite'
import { SCENE_FILES, sceneFileOf } from './scripts/scene-files'

/** Files of scenes lie beside the page, in `scenes/`: those of the repository, unchanged. */
const scenes = (): Plugin => ({
  name: 'memhp-scenes',
  generateBundle() {
    for (const file of SCENE_FILES)
      this.emitFile({
        type: 'asset',
        fileName: `scenes/${file}`,
        source: readFileSync(sceneFileOf(file)),
      })
  },
  configureServer(server) {
    server.middlewares.use('/scenes/', (request, response, next) => {
      const file = SCENE_FILES.find((each) => `/${each}` === request.url)
      if (file === undefined) next()
      else response.end(readFileSync(sceneFileOf(file)))
    })
  },
})

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the page runs below any path.
  base: './',
  resolve: { conditions: ['memhp-source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    license: { fileName: 'third-party-licences.md' },
    target: 'es2023',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
  plugins: [scenes()],
})
