import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** MariaDB's own account rules: as root it runs only where it is told so. */
const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []

const findMissing = async (): Promise<string | false> => {
  try {
    await run('mariadbd', ['--version'])
    await run('openssl', ['version'])
    return false
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    return 'no mariadbd or no openssl'
  }
}

/** Why what needs a server of its own is skipped; false where it can be started. */
export const whyNoServer: string | false = await findMissing()

/** A MariaDB of one test's own, which it may stop. */
export type OwnServer = AsyncDisposable & {
  readonly port: number
  /** The authority of its certificate, in PEM; the certificate is that of `localhost`. */
  readonly ca: string
  start(): Promise<void>
  /** `SIGTERM` shuts it down, `SIGKILL` is a crash. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

const certify = async (folder: string) => {
  const at = (name: string) => join(folder, name)
  await writeFile(at('san'), 'subjectAltName=DNS:localhost')
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await run('openssl', ['req', '-x509', ...key, '-keyout', at('ca.key'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=an authority'])
  await run('openssl', ['req', ...key, '-keyout', at('server.key'), '-out', at('server.csr'), '-subj', '/CN=localhost'])
  await run('openssl', ['x509', '-req', '-in', at('server.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', at('san'), '-out', at('server.pem')])
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return address !== null && typeof address === 'object' ? address.port : 0
}

const listens = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'data')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}

/** A new server with an account `root` without a password. */
export const startOwnServer = async (): Promise<OwnServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'fuseboard-mysql-'))
  const data = join(folder, 'data')
  await Promise.all([
    certify(folder),
    run('mariadb-install-db', ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot]),
  ])
  const port = await freePort()
  const options = [
    '--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1', `--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`,
    `--ssl-ca=${join(folder, 'ca.pem')}`, `--ssl-cert=${join(folder, 'server.pem')}`, `--ssl-key=${join(folder, 'server.key')}`, '--innodb-buffer-pool-size=8M', ...asRoot,
  ]
  let child: ChildProcess | undefined
  const server: OwnServer = {
    port,
    ca: await readFile(join(folder, 'ca.pem'), 'utf8'),
    start: async () => {
      child = spawn('mariadbd', options, { stdio: 'ignore' })
      for (const until = Date.now() + 20_000; !(await listens(port)); await pause(20)) if (Date.now() > until) throw new Error('mariadbd does not start')
    },
    stop: async (signal) => {
      if (child) await end(child, signal)
    },
    [Symbol.asyncDispose]: async () => {
      if (child) await end(child, 'SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
  try {
    await server.start()
    return server
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}
