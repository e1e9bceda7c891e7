import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { stringify } from 'yaml'
import { z } from 'zod'
import { openAsk } from './asking.ts'
import type { Ask } from './asking.ts'

const root = path.join(import.meta.dirname, '../..')
const secret = 'the secret of the tests, long enough for HS256'

/** A hub in a process of its own, configured by a file that a test can change. */
export type HubProcess = AsyncDisposable & {
  readonly url: string
  readonly ask: Ask
  readonly folder: string
  /** Puts another file in the place of the configuration, whole. */
  configure(settings: unknown): Promise<void>
  /** Resolves with the first line of the log from now on, or from `from` on, that matches. */
  untilLogged(pattern: RegExp, from?: number): Promise<string>
  readonly logged: readonly string[]
  signal(name: NodeJS.Signals): void
}

export const startHubProcess = async (settings: unknown, env: Readonly<Record<string, string>> = {}): Promise<HubProcess> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'fuseboard-hub-'))
  const file = path.join(folder, 'fuseboard.yaml')
  const write = async (text: string) => {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
  await write(stringify(settings))
  const child = spawn(process.execPath, ['gateway/main.ts'], {
    cwd: root,
    env: {
      ...process.env,
      ...{ FUSEBOARD_CONFIG: file, FUSEBOARD_DATA: path.join(folder, 'data'), PORT: '0', FUSEBOARD_LOG: 'info' },
      ...{ FUSEBOARD_SECRET: secret, FUSEBOARD_INTERNAL_SECRET: `internal ${secret}` },
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const logged: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => logged.push(line))
  child.stdout.resume()
  const untilLogged = async (pattern: RegExp, from = 0): Promise<string> => {
    for (let look = 0; look < 2_000 && child.exitCode === null; look += 1) {
      const found = logged.slice(from).find((line) => pattern.test(line))
      if (found !== undefined) return found
      await wait(10)
    }
    return assert.fail(`${String(pattern)} was not logged:\n${logged.slice(from).join('\n')}`)
  }
  const url = z.object({ url: z.string() }).parse(JSON.parse(await untilLogged(/the hub listens/))).url
  const { ask, [Symbol.asyncDispose]: hangUp } = openAsk(url, secret)
  return {
    ...{ url, ask, folder, logged },
    configure: (next) => write(typeof next === 'string' ? next : stringify(next)),
    untilLogged,
    signal: (name) => void child.kill(name),
    [Symbol.asyncDispose]: async () => {
      await hangUp()
      child.kill('SIGTERM')
      await exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}
