import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'

const Systems = z.record(z.string(), z.object({ url: z.url(), controlUrl: z.url() }))

/** The running systems by name: where each listens, and where its faults are set. */
export type RunningSystems = z.infer<typeof Systems>

/** Tells other processes where the demo runs; disposing it takes the file away, unless another demo has written its own. */
export const writeDemoFile = async (path: string, { systems }: { readonly systems: RunningSystems }): Promise<AsyncDisposable> => {
  const running = Object.entries(systems).map(([name, { url, controlUrl }]) => [name, { url, controlUrl }])
  const text = `${JSON.stringify(Object.fromEntries(running), null, 2)}\n`
  await mkdir(dirname(path), { recursive: true })
  // Written beside it and renamed: whoever reads it never finds half of it.
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
  return { [Symbol.asyncDispose]: () => removeOwn(path, text) }
}

/** Null where there is no such file. Throws where it can't be read as one. */
export const readDemoFile = async (path: string): Promise<RunningSystems | null> => {
  const text = await readOrNull(path)
  return text === null ? null : Systems.parse(JSON.parse(text))
}

const removeOwn = async (path: string, text: string) => {
  if (await readOrNull(path) === text) await rm(path, { force: true })
}

const readOrNull = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
