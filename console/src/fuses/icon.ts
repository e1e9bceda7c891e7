import type { FuseState } from '../../gql/graphql.ts'

/*
 * The tab's icon tells the worst state: a whole wave, a dotted middle, or a gap with two upturned ends. The page's colours are of no use
 * here, as a tab is light or dark by the browser's own choice: these are read on both.
 */

const colours: Readonly<Record<FuseState, string>> = { CLOSED: '#2f88d0', HALF_OPEN: '#b87a00', OPEN: '#e5472b' }

const drawings: Readonly<Record<FuseState, string>> = {
  CLOSED: 'M5 16H11C13.5 8 15.5 8 16 16S18.5 24 21 16H27',
  HALF_OPEN: 'M5 16H10M13.5 16h.01M18.5 16h.01M22 16H27',
  OPEN: 'M5 16H9q3.5 0 4 -6M27 16H23q-3.5 0 -4 -6',
}

export const iconOf = (state: FuseState): string => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="4 4 24 24"><path d="${drawings[state]}" fill="none" stroke="${colours[state]}" stroke-width="3" stroke-linecap="round"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(svg)}`
}
