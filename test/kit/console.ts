import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { Client } from 'undici'
import type { Dispatcher } from 'undici'
import { startRunningHub } from './running-hub.ts'
import type { RunningHub, RunningHubOptions } from './running-hub.ts'

export const script = `console.log(${JSON.stringify('保险丝 '.repeat(500))})`

/** What the build makes of console/index.html. */
const template = `<!doctype html>
<html lang="__LANG__" data-mantine-color-scheme="__COLOR_SCHEME__">
  <head>
    <meta property="csp-nonce" nonce="__CSP_NONCE__">
    <script type="module" crossorigin src="/assets/index-CLWip5qO.js" nonce="__CSP_NONCE__"></script>
  </head>
  <body><div id="root"></div></body>
</html>
`

const build = '0123456789abcdef0123456789abcdef'

/** A build of a console, with a secret beside it that no request may reach. */
export const writeConsole = async (page = template): Promise<AsyncDisposable & { readonly directory: string }> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'fuseboard-console-'))
  const folder = path.join(directory, build)
  await mkdir(path.join(folder, 'assets'), { recursive: true })
  const files = {
    'index.html': page,
    'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'assets/index-CLWip5qO.js': script,
    'assets/index-CLWip5qO.js.br': brotliCompressSync(script),
    'assets/index-CLWip5qO.js.gz': gzipSync(script),
    '../secret.txt': 'a secret of this test',
    '../current.json': JSON.stringify({ build }),
  }
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content)
  return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
}

export type Got = { readonly status: number; readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>; readonly body: Buffer; readonly text: string }

export type Get = (path: string, headers?: Readonly<Record<string, string>>, more?: { readonly method?: Dispatcher.HttpMethod; readonly body?: string }) => Promise<Got>

/** Asks with exactly this path and these headers, as no browser would. */
export const openGet = (hubUrl: string): AsyncDisposable & { readonly get: Get; readonly host: string } => {
  const { origin, host } = new URL(hubUrl)
  const client = new Client(origin)
  const get: Get = async (asked, headers = {}, { method = 'GET', body } = {}) => {
    const answer = await client.request({ path: asked, method, headers, ...(body === undefined ? {} : { body }) })
    const bytes = Buffer.from(await answer.body.arrayBuffer())
    return { status: answer.statusCode, headers: answer.headers, body: bytes, text: bytes.toString() }
  }
  return { get, host, [Symbol.asyncDispose]: () => client.close() }
}

export type ConsoleHub = AsyncDisposable & { readonly hub: RunningHub; readonly get: Get; readonly host: string }

/** A hub that serves such a build. */
export const startConsoleHub = async (opt: Partial<RunningHubOptions> = {}): Promise<ConsoleHub> => {
  await using opening = new AsyncDisposableStack()
  const { directory } = opening.use(await writeConsole())
  const hub = opening.use(await startRunningHub({ transport: 'in-process', console: { directory }, ...opt }))
  const { get, host } = opening.use(openGet(hub.url))
  const opened = opening.move()
  return { hub, get, host, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** What a browser that goes somewhere accepts. */
export const asPage = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' }
