import { DatabaseSync } from 'node:sqlite'

/**
 * Takes a file for this process alone; null where somebody has it. The lock is the operating system's, by way of SQLite: it ends with the process,
 * however that ends, so that nothing stale is left behind. Returns what gives it back. Throws where the file can't be made.
 */
export const lockFile = (file: string): (() => void) | null => {
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return () => {
      if (lock.isOpen) lock.close()
    }
  } catch (error) {
    lock.close()
    if (error instanceof Error && /locked|busy/.test(error.message)) return null
    throw error
  }
}
