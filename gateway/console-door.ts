import fastifyCookie from '@fastify/cookie'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Console, ConsoleBuild } from './console-build.ts'
import { fillIn, guarded, missingPage } from './console-page.ts'
import type { Page } from './console-page.ts'

/**
 * The console's door: its page at `/` and at every address that is no other door's, where a browser asks for a page, as the console itself tells those
 * apart; and the page's files. Every other request is answered as if there were no console.
 */
export const openConsoleDoor = async (app: FastifyInstance, found: Console): Promise<void> => {
  if (found.kind === 'off') return
  await app.register(async (door) => {
    if (found.kind === 'missing') return openPages(door, () => missingPage, 503)
    const { build } = found
    await door.register(fastifyCookie)
    await serveFiles(door, build)
    openPages(door, (request) => fillIn(build.template, request.headers, request.cookies), 200)
  })
}

type Fill = (request: FastifyRequest) => Page

/** A page that was built with another release asks for files that are gone: that is no address of the console's. */
const isFile = (url: string) => url.startsWith('/assets/')

const openPages = (door: FastifyInstance, fill: Fill, status: number): void => {
  door.get('/*', async (request, reply) => {
    if (!acceptsPage(request.headers.accept) || isFile(request.url)) return reply.callNotFound()
    const { headers, html } = fill(request)
    return sendPage(reply.code(status), headers, html)
  })
}

const sendPage = (reply: FastifyReply, headers: Page['headers'], html: string) =>
  reply.headers(headers).header('cache-control', 'no-store').header('vary', 'cookie, accept-language').type('text/html; charset=utf-8').send(html)

/** What names pages itself (RFC 9110 section 12.5.1): a browser that goes somewhere does, `fetch` and `curl` do not. */
const acceptsPage = (accept: string | undefined): boolean =>
  (accept ?? '').split(',').some((range) => /^\s*text\/html\s*(?:;|$)/i.test(range) && !/;\s*q=0(?:\.0*)?\s*$/i.test(range))

/** Names below `/assets/` have a hash of what they hold in them: what they hold never changes. */
const foreverSeconds = 31_536_000

/** An image that is opened by itself is a page of its own. */
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

const describeFile = (folder: string) => (reply: FastifyReply, file: string): void => {
  reply.headers(guarded)
  reply.header('cache-control', file.startsWith(`${folder}/assets/`) ? `public, max-age=${foreverSeconds}, immutable` : 'no-cache')
  if (/\.(?:svg|html)(?:\.br|\.gz)?$/.test(file)) reply.header('content-security-policy', filePolicy)
}

/** One route for each file that there is: no other path reaches the disk. */
const serveFiles = (door: FastifyInstance, { folder }: ConsoleBuild) =>
  door.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    index: [],
    globIgnore: ['index.html', '**/*.br', '**/*.gz'],
    preCompressed: true,
    cacheControl: false,
    decorateReply: false,
    setHeaders: describeFile(folder),
  })
