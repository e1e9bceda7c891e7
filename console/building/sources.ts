import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/** What a build comes of: the console's files but for what was built, and the lock file beside them. */
const listSources = async (root: string): Promise<readonly string[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
  return files.filter((file) => file.split(path.sep)[0] !== 'dist').toSorted()
}

/** The same for the same names and contents, whatever their times: 32 hexadecimal digits. */
export const hashSources = async (root: string, lockFile: string): Promise<string> => {
  const hash = createHash('sha256')
  const take = (name: string, content: Buffer) => hash.update(`${name}\0${content.length}\0`).update(content)
  take('package-lock.json', await readFile(lockFile))
  for (const file of await listSources(root)) take(file, await readFile(path.join(root, file)))
  return hash.digest('hex').slice(0, 32)
}
