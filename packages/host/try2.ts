import { captureScript } from '@memhp/host'

process.stdout.write(captureScript())
