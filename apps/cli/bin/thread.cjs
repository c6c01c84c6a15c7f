// A thread of the command, out of the code cache as well. Its data is the name of what it runs.
const { join } = require('node:path')
const { workerData } = require('node:worker_threads')
const { DIST, load } = require('./memhp.cjs')

load(join(DIST, `${workerData}.js`))
