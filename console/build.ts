import { createHash } from 'node:crypto'
import { glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'vite'

/*
 * Builds the console into `console/dist` when its sources or its dependencies are other ones than it was built of; with `--now` in any case. What was there is served until
 * the new one is whole, and stays where that fails.
 */

const root = import.meta.dirname
const dist = path.join(root, 'dist')
const stamp = path.join(dist, 'built-of')
const sources = ['src/**/*', 'gql/**/*', 'possible-types.ts', 'index.html', 'vite.config.ts', 'build.ts', '../package-lock.json']

const hashOf = async (): Promise<string> => {
  const hash = createHash('sha256')
  const names = await Array.fromAsync(glob(sources, { cwd: root, exclude: ['dist/**'] }))
  for (const name of names.toSorted()) {
    const content = await readFile(path.join(root, name)).catch(() => null)
    if (content) hash.update(`${name}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}

/** Compressed once, here, and not for each browser that asks. */
const compressAll = async (folder: string): Promise<void> => {
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }
  for await (const name of glob('assets/**/*.{js,css,svg}', { cwd: folder })) {
    const file = path.join(folder, name)
    const content = await readFile(file)
    await writeFile(`${file}.br`, await promisify(brotliCompress)(content, best))
    await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }))
  }
}

const replaceDist = async (fresh: string): Promise<void> => {
  const before = `${fresh}-before`
  await rename(dist, before).catch(() => undefined)
  await rename(fresh, dist)
  await rm(before, { recursive: true, force: true })
}

const buildInto = async (fresh: string, hash: string): Promise<void> => {
  await mkdir(fresh, { recursive: true })
  await build({ configFile: path.join(root, 'vite.config.ts'), logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } })
  await compressAll(fresh)
  await writeFile(path.join(fresh, 'built-of'), hash)
  await replaceDist(fresh)
}

const main = async (): Promise<void> => {
  const hash = await hashOf()
  const before = await readFile(stamp, 'utf8').catch(() => '')
  if (before === hash && !process.argv.includes('--now')) return
  const started = performance.now()
  const fresh = path.join(root, `dist-${process.pid}`)
  try {
    await buildInto(fresh, hash)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  process.stdout.write(`The console is built (${((performance.now() - started) / 1_000).toFixed(1)} s).\n`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`The console could not be built: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
