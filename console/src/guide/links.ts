const followed = new Set(['http:', 'https:', 'mailto:'])

/** The address as it may be followed; null for one that is relative, of another kind, or none. */
export const safeLink = (address: string | null | undefined): string | null => {
  if (!address || !URL.canParse(address)) return null
  const url = new URL(address)
  return followed.has(url.protocol) ? url.href : null
}
