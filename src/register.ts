import { preload } from './cli/preload'

const status = preload()
if (status !== undefined) process.exit(status)
