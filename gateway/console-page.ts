import { createHash, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isPlainHost } from './same-origin.ts'

/* The console's one page, filled in for each response: what a browser may do with it, its language and its colours. */

export type Cookies = Readonly<Record<string, string | undefined>>

export type Page = { readonly headers: Readonly<Record<string, string>>; readonly html: string }

/** Where the build left room; a page without all of them is none of ours. */
const places = { nonce: '__CSP_NONCE__', language: '__LANG__', colorScheme: ' data-mantine-color-scheme="__COLOR_SCHEME__"' } as const

export const isTemplate = (html: string): boolean => Object.values(places).every((place) => html.includes(place))

/** In every answer of the console: nothing is guessed, embedded, or told to others. */
export const guarded = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const

/**
 * Content Security Policy, level 3. `'self'` does not cover sockets in every browser, so they are named, unless the host is written as no source of a
 * policy may be (an IPv6 address, or whatever else a client put there).
 */
const policyFor = (nonce: string, host: string | undefined): string => {
  const sockets = host !== undefined && isPlainHost(host) && !host.startsWith('[') ? ` ws://${host} wss://${host}` : ''
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

const languages = ['en', 'zh-CN'] as const

/** What was chosen in the console, else the first of the browser's languages that it has. */
const languageOf = (chosen: string | undefined, accepted: string | undefined): (typeof languages)[number] => {
  const known = languages.find((one) => one === chosen)
  const first = (accepted ?? '').split(',').map((tag) => /^ *(en|zh)\b/i.exec(tag)?.[1]?.toLowerCase()).find((tag) => tag !== undefined)
  return known ?? (first === 'zh' ? 'zh-CN' : 'en')
}

const colorSchemeOf = (chosen: string | undefined): string => (chosen === 'light' || chosen === 'dark' ? ` data-mantine-color-scheme="${chosen}"` : '')

export const fillIn = (template: string, headers: IncomingHttpHeaders, cookies: Cookies): Page => {
  const nonce = randomBytes(18).toString('base64')
  const language = languageOf(cookies['fuseboard_language'], headers['accept-language'])
  const html = template
    .replaceAll(places.nonce, nonce)
    .replace(places.language, language)
    .replace(places.colorScheme, colorSchemeOf(cookies['fuseboard_color_scheme']))
  return {
    html,
    headers: {
      ...guarded,
      'content-security-policy': policyFor(nonce, headers.host),
      'content-language': language,
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    },
  }
}

const missingStyle = 'body{font:16px/1.6 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}code{font-size:1.05em}'

/** What is said where the console is asked for and was never built. */
export const missingPage: Page = {
  html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Fuseboard: no console</title><style>${missingStyle}</style></head>
<body>
<h1>The console has not been built</h1>
<p>The hub runs, and its schema is served at <code>/graphql</code>. <code>npm start</code> builds the console before it starts the hub; <code>node console/build.ts</code> builds it
alone, and the hub shows it after a restart.</p>
<p lang="zh-CN">控制台尚未构建。网关正在运行，接口位于 <code>/graphql</code>。请用 <code>npm start</code> 启动，或执行 <code>node console/build.ts</code> 后重启网关。</p>
</body>
</html>
`,
  headers: {
    ...guarded,
    'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(missingStyle).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  },
}
