import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/*
 * A file beside the index that says: it was closed in order, and this is how it was. To read the whole index from one end to the other takes seconds, and is for
 * those that a crash, or somebody else, may have left broken.
 */

const mark = z.object({ size: z.number(), mtimeMs: z.number() })

const markOf = (file: string) => `${file}.closed`

const stateOf = (file: string): z.infer<typeof mark> => {
  const { size, mtimeMs } = statSync(file)
  return { size, mtimeMs }
}

/** Of an index whose last connection has been closed; where a log is left of it (`-wal`), another one is open still. */
export const markClosed = (file: string): void => {
  if (!existsSync(`${file}-wal`)) writeFileSync(markOf(file), JSON.stringify(stateOf(file)))
}

const readMark = (file: string): z.infer<typeof mark> | null => {
  try {
    return mark.parse(JSON.parse(readFileSync(markOf(file), 'utf8')))
  } catch {
    return null
  }
}

/** Whether the file is as it was when it was closed in order. That holds once: the mark goes. */
export const takeClosedMark = (file: string): boolean => {
  const before = readMark(file)
  rmSync(markOf(file), { force: true })
  if (before === null || existsSync(`${file}-wal`)) return false
  const now = stateOf(file)
  return now.size === before.size && now.mtimeMs === before.mtimeMs
}
