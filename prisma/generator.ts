import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

const root = path.join(import.meta.dirname, '..')

/** Writes Prisma's client for the schema in `file` into `generated/` beside it. */
export const generateClient = async (file: string): Promise<void> => {
  const program = path.join(root, 'node_modules', 'prisma', 'build', 'index.js')
  const args = [`--env-file=${path.join(root, 'prisma', 'generate.env')}`, program, 'generate', '--schema', file]
  await promisify(execFile)(process.execPath, args, { cwd: root })
}
