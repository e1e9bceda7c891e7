import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { IntentExample } from '../../intent-examples.ts'
import { algorithm } from './training.ts'

/* Trained models on disk, one file each, named after what they were trained with. Whatever goes wrong with a file, the model is trained again. */

const ending = '.intents'
const kept = 4
const unfinishedEnding = '.unfinished'
/** What a process left that ended while it wrote. */
const abandonedAfterMs = 3_600_000

/** The same for the same examples, in whatever order. */
export const identify = (examples: readonly IntentExample[]): string => {
  const each = examples.map(({ text, intent }) => JSON.stringify([intent, text])).sort()
  return createHash('sha256').update(`${algorithm}\n${each.join('\n')}`).digest('hex').slice(0, 32)
}

/** Null where there is none that can be read. */
export const readCached = async (directory: string, id: string): Promise<ArrayBuffer | null> => {
  const path = join(directory, id + ending)
  try {
    const bytes = await readFile(path)
    // Those that are used are kept. That this fails, as in a directory that is only read, harms nothing.
    await utimes(path, new Date(), new Date()).catch(() => undefined)
    return new Uint8Array(bytes).buffer
  } catch {
    return null
  }
}

const prune = async (directory: string) => {
  const names = (await readdir(directory)).filter((name) => name.endsWith(ending) || name.endsWith(unfinishedEnding))
  const files = await Promise.all(names.map(async (name) => ({ path: join(directory, name), usedAt: (await stat(join(directory, name))).mtimeMs })))
  const isFinished = ({ path }: { readonly path: string }) => path.endsWith(ending)
  const old = files.filter(isFinished).sort((one, other) => other.usedAt - one.usedAt).slice(kept)
  const abandoned = files.filter((file) => !isFinished(file) && file.usedAt < Date.now() - abandonedAfterMs)
  await Promise.all([...old, ...abandoned].map(({ path }) => rm(path, { force: true })))
}

/** Whole or not at all: written beside its place, then moved there. */
export const writeCached = async (directory: string, id: string, bytes: ArrayBuffer): Promise<void> => {
  const unfinished = join(directory, `${id}.${randomUUID()}${unfinishedEnding}`)
  try {
    await mkdir(directory, { recursive: true })
    await writeFile(unfinished, new Uint8Array(bytes))
    await rename(unfinished, join(directory, id + ending))
    await prune(directory)
  } finally {
    await rm(unfinished, { force: true })
  }
}
