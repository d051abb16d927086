import { join } from 'node:path'
import { preload } from './cli/preload'

const status = preload(join(__dirname, 'cli/main.js'))
if (status !== undefined) process.exit(status)
