import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openRepository } from '../../demo/svn/repository.ts'
import type { Change, Committed, SvnRepository } from '../../demo/svn/repository.ts'

/** Apache with mod_dav_svn in front of a repository of its own. Disposing it ends it and removes the repository. */
export type ApacheSvn = AsyncDisposable & {
  /** The repository's root, such as `http://127.0.0.1:40123/svn/company`. What is below `/svn/company/trunk/guarded` is for `guardedHeaders` alone; text below `trunk/defaulted` is told to be UTF-8. */
  readonly url: string
  /** One commit; its revision. */
  commit(changes: readonly Change[], by: Committed): Promise<number>
  /** `svn:externals` of a folder, in a commit of its own. */
  setExternals(folder: string, externals: string): Promise<void>
  /** Takes `svn:date` off a revision. */
  forgetDate(revision: number): Promise<void>
  /** Empties the file in which a revision is kept: what Apache has not read yet it can't read any more. */
  damage(revision: number): Promise<void>
}

export const guardedHeaders: Readonly<Record<string, string>> = { authorization: `Basic ${Buffer.from('hub:secret').toString('base64')}` }

const moduleFolder = '/usr/lib/apache2/modules'
const modules = ['mpm_event', 'authz_core', 'authn_core', 'dav', 'dav_svn']
const programs = ['apache2', 'svnadmin', 'svnmucc']

const find = (program: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin'].map((folder) => join(folder, program)).find((path) => existsSync(path))

/** What this machine lacks for it; undefined where it lacks nothing. */
export const apacheSvnLacks = (): string | undefined =>
  programs.find((program) => find(program) === undefined) ?? modules.map((name) => `${moduleFolder}/mod_${name}.so`).find((path) => !existsSync(path))

/** The `skip` of a test that needs it: a sentence where it is not there. Under `CI=true` nothing is skipped, and the test fails. */
export const withoutApacheSvn = (): string | false => {
  const lacks = apacheSvnLacks()
  return lacks !== undefined && process.env['CI'] !== 'true' ? `needs Apache with mod_dav_svn: no ${lacks} on this machine` : false
}

export const startApacheSvn = async (): Promise<ApacheSvn> => {
  await using started = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'fuseboard-svn-'))
  started.defer(() => rm(folder, { recursive: true, force: true }))
  // Apache's children are another user than root.
  await chmod(folder, 0o755)
  await run('svnadmin', ['create', join(folder, 'repo')])
  const { url, child } = await listen(folder)
  started.defer(() => end(child))
  const kept = started.move()
  return { url, ...openCommits(folder), [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

// ── Commits ──

const openCommits = (folder: string): Omit<ApacheSvn, 'url' | typeof Symbol.asyncDispose> => {
  const repo = join(folder, 'repo')
  // Knows which folders there are: svnmucc has to be told to make the others.
  const known = openRepository()
  const state = { files: 0 }
  const mucc = async (commands: readonly string[], author: string | null): Promise<number> => {
    const said = await run('svnmucc', ['--non-interactive', '-m', 'a change', '-u', author ?? 'nobody', '-U', `file://${repo}`, ...commands])
    await run('chmod', ['-R', 'a+rX', repo])
    return Number(/^r(\d+) committed/m.exec(said)?.[1])
  }
  const write = async (content: string | Buffer) => {
    state.files += 1
    const path = join(folder, `content-${state.files}`)
    await writeFile(path, content)
    return path
  }
  return {
    commit: async (changes, { author, date }) => {
      const commands: string[] = []
      for (const change of changes) commands.push(...(await commandsOf(change, known, write)))
      const revision = await mucc(commands, author)
      await run('svnadmin', ['setrevprop', repo, '-r', String(revision), 'svn:date', await write(date)])
      if (author === null) await run('svnadmin', ['delrevprop', repo, '-r', String(revision), 'svn:author'])
      return revision
    },
    setExternals: async (path, externals) => {
      await mucc([...mkdirs(`${path}/-`, known), 'propset', 'svn:externals', externals, encode(path)], 'root')
    },
    forgetDate: async (revision) => {
      await run('svnadmin', ['delrevprop', repo, '-r', String(revision), 'svn:date'])
    },
    damage: async (revision) => {
      const path = join(repo, 'db', 'revs', '0', String(revision))
      await chmod(path, 0o644)
      await writeFile(path, '')
    },
  }
}

const encode = (path: string) => path.split('/').map(encodeURIComponent).join('/')

const mkdirs = (path: string, known: SvnRepository): string[] => {
  const parts = path.split('/').slice(0, -1)
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'))
  return above.filter((folder) => known.treeAt(known.youngest)?.has(folder) !== true).flatMap((folder) => ['mkdir', encode(folder)])
}

const commandsOf = async (change: Change, known: SvnRepository, write: (content: string | Buffer) => Promise<string>): Promise<string[]> => {
  const folders = mkdirs('put' in change ? change.put : 'move' in change ? change.to : change.remove, known)
  known.commit([change], { author: null, date: '' })
  if ('put' in change) {
    const put = [...folders, 'put', await write(change.content), encode(change.put)]
    return change.mimeType === undefined ? put : [...put, 'propset', 'svn:mime-type', change.mimeType, encode(change.put)]
  }
  if ('remove' in change) return ['rm', encode(change.remove)]
  return [...folders, 'cp', 'HEAD', encode(change.move), encode(change.to), 'rm', encode(change.move)]
}

const run = async (program: string, args: readonly string[]): Promise<string> => {
  // Names that are not ASCII need a locale that has them.
  const child = spawn(find(program) ?? program, args, { env: { ...process.env, LC_ALL: 'C.UTF-8' } })
  const said: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => said.push(text))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${said.join('')}`)
  return said.join('')
}

// ── Apache ──

const httpdConf = (folder: string, port: number): string => [
  `ServerRoot "${folder}"`,
  'ServerName localhost',
  `Listen 127.0.0.1:${port}`,
  `PidFile "${folder}/httpd.pid"`,
  `DefaultRuntimeDir "${folder}"`,
  `Mutex file:${folder} default`,
  `ErrorLog "${folder}/error.log"`,
  ...modules.map((name) => `LoadModule ${name}_module ${moduleFolder}/mod_${name}.so`),
  ...(process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : []),
  'StartServers 1',
  'ThreadsPerChild 16',
  'MaxRequestWorkers 16',
  'KeepAliveTimeout 30',
  '<Location /svn/company>',
  '  DAV svn',
  `  SVNPath "${folder}/repo"`,
  '</Location>',
  '<Location /svn/company/trunk/guarded>',
  `  Require expr "%{HTTP:Authorization} == '${guardedHeaders['authorization'] ?? ''}'"`,
  '</Location>',
  '<Location /svn/company/trunk/defaulted>',
  '  AddDefaultCharset UTF-8',
  '</Location>',
  '',
].join('\n')

const attempts = 3

/** A port that was free may be taken before Apache has it: then on another. */
const listen = async (folder: string): Promise<{ url: string; child: ChildProcess }> => {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    const conf = join(folder, 'httpd.conf')
    await writeFile(conf, httpdConf(folder, port))
    const child = spawn(find('apache2') ?? 'apache2', ['-f', conf, '-DFOREGROUND'], { stdio: 'ignore' })
    running.add(child)
    const url = `http://127.0.0.1:${port}/svn/company`
    if (await answers(child, url)) return { url, child }
    await end(child)
    if (attempt === attempts) throw new Error(`Apache does not start: ${await readFile(join(folder, 'error.log'), 'utf8').catch(() => 'it logged nothing')}`)
  }
}

const answers = async (child: ChildProcess, url: string): Promise<boolean> => {
  while (child.exitCode === null && child.signalCode === null) {
    const status = await fetch(url).then((response) => response.status, () => null)
    if (status === 200) return true
    await wait(20)
  }
  return false
}

const freePort = async (): Promise<number> => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const closed = once(server, 'close')
  server.close()
  await closed
  if (address === null || typeof address === 'string') throw new Error('no port is free')
  return address.port
}

/** A test run that is ended leaves none behind. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

const end = async (child: ChildProcess): Promise<void> => {
  running.delete(child)
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
