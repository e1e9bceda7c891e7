import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

/*
 * `dist` has a folder for each build, by the hash of its sources, and `current.json`, which names the one that holds. That file is replaced whole, so
 * whoever starts at any moment finds one build or the other, and a hub that runs keeps the files of the one that it began with.
 */

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

/** The build that holds; null where there is none. */
export const readCurrent = async (dist: string): Promise<string | null> => {
  try {
    const current: unknown = JSON.parse(await readFile(path.join(dist, 'current.json'), 'utf8'))
    const build = typeof current === 'object' && current !== null && 'build' in current ? current.build : null
    return typeof build === 'string' && existsSync(path.join(dist, build, 'index.html')) ? build : null
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return null
    throw error
  }
}

/** Whole or not at all: `make` fills a folder that nobody knows of yet, and it holds only when it is done. */
export const replaceCurrent = async (dist: string, build: string, make: (folder: string) => Promise<void>): Promise<void> => {
  const before = await readCurrent(dist)
  const aside = path.join(dist, `.new-${randomBytes(6).toString('hex')}`)
  await mkdir(aside, { recursive: true })
  try {
    await make(path.join(aside, 'files'))
    await moveInto(path.join(dist, build), path.join(aside, 'files'))
    await writeFile(path.join(aside, 'current.json'), `${JSON.stringify({ build })}\n`)
    await rename(path.join(aside, 'current.json'), path.join(dist, 'current.json'))
  } finally {
    await rm(aside, { recursive: true, force: true })
  }
  await removeOthers(dist, [build, ...(before === null ? [] : [before])])
}

/** Of two that built the same at once, one was first. What lies there unfinished is no build. */
const moveInto = async (place: string, files: string): Promise<void> => {
  if (!existsSync(path.join(place, 'index.html'))) await rm(place, { recursive: true, force: true })
  try {
    await rename(files, place)
  } catch (error) {
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
  }
}

/** As long as a build could take that somebody else is at. */
const abandonedMs = 3_600_000

/** The build before stays, as a hub may still serve it. */
const removeOthers = async (dist: string, kept: readonly string[]): Promise<void> => {
  for (const entry of await readdir(dist, { withFileTypes: true })) {
    if (!entry.isDirectory() || kept.includes(entry.name)) continue
    const folder = path.join(dist, entry.name)
    const isAnothers = entry.name.startsWith('.new-') && Date.now() - (await stat(folder)).mtimeMs < abandonedMs
    if (!isAnothers) await rm(folder, { recursive: true, force: true })
  }
}
