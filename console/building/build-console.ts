import path from 'node:path'
import { compressFiles } from './compress.ts'
import { readCurrent, replaceCurrent } from './output.ts'
import { hashSources } from './sources.ts'

export type BuildOptions = {
  /** The folder of `index.html` and `vite.config.ts`. */
  readonly root: string
  readonly lockFile: string
}

/** `absent`: the packages that it takes are not installed, as where only what runs is (`npm ci --omit=dev`); `build` is then the one before, if any. */
export type Built =
  | { readonly outcome: 'built'; readonly build: string; readonly ms: number }
  | { readonly outcome: 'kept'; readonly build: string }
  | { readonly outcome: 'absent'; readonly build: string | null }

/** Builds where the sources are not those of the build that holds. Rejects, and leaves what holds as it is, where they can't be built. */
export const buildConsole = async ({ root, lockFile }: BuildOptions): Promise<Built> => {
  const dist = path.join(root, 'dist')
  const [build, current] = await Promise.all([hashSources(root, lockFile), readCurrent(dist)])
  if (build === current) return { outcome: 'kept', build }
  const vite = await loadVite()
  if (vite === null) return { outcome: 'absent', build: current }
  const from = performance.now()
  await replaceCurrent(dist, build, async (outDir) => {
    await vite.build({ root, configFile: path.join(root, 'vite.config.ts'), logLevel: 'silent', build: { outDir, emptyOutDir: false } })
    await compressFiles(outDir)
  })
  return { outcome: 'built', build, ms: performance.now() - from }
}

const loadVite = async () => {
  try {
    return await import('vite')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return null
    throw error
  }
}
