import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import { z } from 'zod'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'
import { isTemplate } from './console-page.ts'

/** What `console/build.ts` left: its files, and its page with room for what differs in each response. */
export type ConsoleBuild = { readonly folder: string; readonly template: string }

/** `missing`: whoever asks for the console is told that it has to be built. */
export type Console = { readonly kind: 'off' } | { readonly kind: 'missing' } | { readonly kind: 'built'; readonly build: ConsoleBuild }

const ours = new URL('../console/dist', import.meta.url).pathname

const pointer = z.object({ build: z.string().regex(/^[\da-f]{32}$/) })

const readBuild = async (directory: string): Promise<ConsoleBuild> => {
  const { build } = pointer.parse(JSON.parse(await readFile(path.join(directory, 'current.json'), 'utf8')))
  const folder = path.join(directory, build)
  const template = await readFile(path.join(folder, 'index.html'), 'utf8')
  if (!isTemplate(template)) throw new Error(`${folder}/index.html leaves no room for nonce, language and colours`)
  return { folder, template }
}

/** The console as it was built last. Throws `ConfigError` where it was told to be served and can't be. */
export const findConsole = async ({ serve, directory = ours }: Config['console'], log: Logger): Promise<Console> => {
  if (serve === false) return { kind: 'off' }
  try {
    return { kind: 'built', build: await readBuild(directory) }
  } catch (cause) {
    if (serve === true) throw new ConfigError([`console.serve: expected a build of the console at ${directory}; node console/build.ts makes one`], { cause })
    log.warn({ directory, reason: cause instanceof Error ? cause.message : String(cause) }, 'there is no console to serve; node console/build.ts builds it')
    return { kind: 'missing' }
  }
}
