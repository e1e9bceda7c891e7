import type { Freshness } from '../fuse/call.ts'

const directivePattern = /^\s*([a-z-]+)\s*(?:=\s*"?(\d{1,9})"?)?\s*$/i

const parseDirectives = (header: string): ReadonlyMap<string, number | null> =>
  new Map(
    header.split(',').flatMap((part) => {
      const [, name, seconds] = directivePattern.exec(part) ?? []
      return name === undefined ? [] : [[name.toLowerCase(), seconds === undefined ? null : Number(seconds)]]
    }),
  )

/**
 * What a `Cache-Control` request header accepts (RFC 9111 section 5.2.1, RFC 5861 section 4). `no-cache` and `no-store`
 * accept nothing kept, unless a `stale-if-error` beside them says so. Directives that are unknown, or that can't be read, are passed over, as
 * the RFC demands.
 */
export const parseFreshness = (header: string | undefined, defaults: Freshness): Freshness => {
  if (header === undefined) return defaults
  const directives = parseDirectives(header)
  const live = directives.has('no-cache') || directives.has('no-store')
  const maxAge = directives.get('max-age')
  const staleIfError = directives.get('stale-if-error')
  return {
    maxAgeMs: live ? 0 : maxAge == null ? defaults.maxAgeMs : maxAge * 1000,
    staleIfErrorMs: staleIfError == null ? (live ? 0 : defaults.staleIfErrorMs) : staleIfError * 1000,
    onlyIfCached: directives.has('only-if-cached'),
  }
}

/** The header that means the same; ages are rounded down to whole seconds. */
export const formatFreshness = ({ maxAgeMs, staleIfErrorMs, onlyIfCached }: Freshness): string =>
  [
    `max-age=${Math.floor(maxAgeMs / 1000)}`,
    `stale-if-error=${Math.floor(staleIfErrorMs / 1000)}`,
    ...(onlyIfCached ? ['only-if-cached'] : []),
  ].join(', ')
