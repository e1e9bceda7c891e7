import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import serveStatic from '@fastify/static'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Where `console/build.ts` leaves the console. */
const built = new URL('../console/dist/', import.meta.url)

/** The paths of the console's views; the page itself knows what is at each. */
const views = ['/', '/inbox', '/inbox/*', '/fuses', '/fuses/*']

const nonceMark = '__CSP_NONCE__'
const yearSeconds = 31_536_000

/** RFC 9110 section 7.2; anything else in a Host would be written into the policy. */
const hostPattern = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/**
 * Scripts, styles, pictures and connections of this origin alone, and styles that carry the page's nonce. Not every browser counts a socket as `'self'`, so it is named.
 * https://www.w3.org/TR/CSP3/
 */
const policyOf = (nonce: string, host: string): string => {
  const sockets = hostPattern.test(host) ? ` ws://${host} wss://${host}` : ''
  return [
    "default-src 'none'", "script-src 'self'", `style-src 'self' 'nonce-${nonce}'`, "img-src 'self' data:", "font-src 'self'", `connect-src 'self'${sockets}`,
    "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
  ].join('; ')
}

const cookieOf = ({ headers: { cookie = '' } }: FastifyRequest, name: string): string | undefined =>
  cookie.split('; ').find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)

/** What was chosen before, so that nothing flashes; a cookie is anybody's to write, so only the words that are known. */
const choicesOf = (request: FastifyRequest) => {
  const scheme = cookieOf(request, 'fuseboard-scheme')
  const language = cookieOf(request, 'fuseboard-lang')
  return {
    scheme: scheme === 'light' || scheme === 'dark' ? scheme : 'auto',
    // Where nothing was chosen, the page goes by the browser's languages.
    language: language === 'en' ? 'en' : language === 'zh' ? 'zh-CN' : '',
  }
}

const write = (page: string, nonce: string, request: FastifyRequest): string => {
  const { scheme, language } = choicesOf(request)
  const mantine = scheme === 'auto' ? '' : ` data-mantine-color-scheme="${scheme}"`
  return page.replaceAll(nonceMark, nonce).replace('<html lang="en">', `<html lang="${language}" data-scheme="${scheme}"${mantine}>`)
}

const readPage = async (): Promise<string | null> => {
  try {
    return await readFile(new URL('index.html', built), 'utf8')
  } catch {
    return null
  }
}

/** Serves the console at `/`, each page with a policy and a nonce of its own. Where none was built, its pages say so. */
export const openConsoleDoor = async (app: FastifyInstance): Promise<void> => {
  const page = await readPage()
  if (page !== null) {
    await app.register(serveStatic, {
      root: fileURLToPath(new URL('assets/', built)), prefix: '/assets/', decorateReply: false, preCompressed: true, index: false, dotfiles: 'ignore',
      immutable: true, maxAge: yearSeconds * 1_000,
      setHeaders: (reply) => {
        reply.header('x-content-type-options', 'nosniff')
        reply.header('cross-origin-resource-policy', 'same-origin')
      },
    })
  }
  for (const url of views) {
    app.get(url, async (request, reply) => {
      reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin' })
      if (page === null) return reply.code(503).type('text/plain; charset=utf-8').send('The console has not been built. npm start builds it; so does: npm run build\n')
      const nonce = randomBytes(18).toString('base64')
      return reply.header('content-security-policy', policyOf(nonce, request.headers.host ?? '')).type('text/html; charset=utf-8').send(write(page, nonce, request))
    })
  }
}
