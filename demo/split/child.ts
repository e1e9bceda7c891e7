import { spawn } from 'node:child_process'
import type { StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { environmentFor } from '../../gateway/config.ts'

/** A process of the split demo. Disposing it ends it, and waits until it has ended. */
export type Child = AsyncDisposable & {
  readonly name: string
  /** The first line that it prints. Rejects where it ends before that. */
  readonly firstLine: Promise<string>
  /** Its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
}

const root = path.join(import.meta.dirname, '..', '..')

/** Runs `script` of this project with Node.js, over the configuration in `configFile`. Its log goes where ours goes. */
export const startChild = (name: string, script: readonly string[], configFile: string, stdout: 'pipe' | 'inherit' = 'pipe'): Child => {
  const stdio: StdioOptions = ['ignore', stdout, 'inherit']
  const child = spawn(process.execPath, [...script], { cwd: root, env: environmentFor(configFile), stdio })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve).once('error', () => resolve(1)))
  const firstLine = child.stdout ? readFirstLine(name, child.stdout) : Promise.reject(new Error(`${name} prints where we do`))
  // Whoever needs the line awaits it; whoever does not must not be ended by its absence.
  firstLine.catch(() => undefined)
  return {
    name,
    firstLine,
    ended,
    [Symbol.asyncDispose]: async () => {
      // Ctrl-C in a terminal reaches children too: they drain already, and SIGTERM is to them no second Ctrl-C.
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended
    },
  }
}

const readFirstLine = async (name: string, output: NodeJS.ReadableStream): Promise<string> => {
  const lines = createInterface({ input: output })
  const closed = once(lines, 'close').then(() => null)
  const line: unknown = await Promise.race([once(lines, 'line').then(([first]: unknown[]) => first), closed])
  if (typeof line === 'string') return line
  throw new Error(`${name} ended before it was up`)
}
