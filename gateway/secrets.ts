import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'

export type Secrets = {
  /** Signs and checks clients' tokens (HS256). */
  readonly secret: string
  /** Signs what the processes of one hub tell each other, and cursors. */
  readonly internal: string
}

/**
 * From the environment or the configuration, else made on first start and kept under `dataDir` with mode 600. Two processes that
 * start at once agree, as one of them makes the file and both read it.
 */
export const loadSecrets = async (config: Config): Promise<Secrets> => ({
  secret: config.auth.secret ?? (await keep(config.dataDir, 'secret')),
  internal: await loadInternalSecret(config),
})

/** The same of the internal one alone: a subgraph in a process of its own has no business with clients' tokens. */
export const loadInternalSecret = async ({ internal, dataDir }: Config): Promise<string> =>
  internal.secret ?? (await keep(dataDir, 'internal-secret'))

const read = async (file: string): Promise<string> => {
  const secret = (await readFile(file, 'utf8')).trim()
  if (Buffer.byteLength(secret) >= 32) return secret
  throw new ConfigError([`${file}: expected a secret of at least 32 bytes; found a shorter one: delete the file, and a new one is made`])
}

const isThere = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EEXIST'

/** Whole or not at all, and never over another's: what is written aside is linked to its name, which fails where there is one. */
const keep = async (dataDir: string, name: string): Promise<string> => {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const file = path.join(dataDir, name)
  const aside = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  if (existsSync(file)) return read(file)
  await writeFile(aside, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  try {
    await link(aside, file)
  } catch (error) {
    if (!isThere(error)) throw error
  } finally {
    await unlink(aside)
  }
  return read(file)
}
