import { enableCompileCache } from 'node:module'
import path from 'node:path'

/* Each of some two hundred test files is a process that reads the same modules: what V8 and the type stripping make of them is kept, for their own child processes as well. */
process.env['NODE_COMPILE_CACHE'] ??= path.join(import.meta.dirname, '../node_modules/.cache/fuseboard-compiled')
enableCompileCache(process.env['NODE_COMPILE_CACHE'])
