import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { buildConsole } from './building/build-console.ts'
import type { Built } from './building/build-console.ts'

/* `npm start` runs this before the hub: the console as its sources are now. One line on standard output, and a mistake ends the start. */

// What the environment has for other programs must not give the console React's slow half.
process.env['NODE_ENV'] = 'production'

const describe = (built: Built): string => {
  if (built.outcome === 'kept') return 'The console is built already.'
  if (built.outcome === 'built') return `The console was built in ${(built.ms / 1000).toFixed(1)} s.`
  const present = built.build === null ? 'there is none' : 'the one before is served'
  return `The console can't be built: what builds it isn't installed (npm ci without --omit=dev); ${present}.`
}

try {
  const root = import.meta.dirname
  process.stdout.write(`${describe(await buildConsole({ root, lockFile: path.join(root, '../package-lock.json') }))}\n`)
} catch (error) {
  process.stderr.write(`The console could not be built:\n${stripVTControlCharacters(error instanceof Error ? error.message : String(error))}\n`)
  process.exitCode = 1
}
