import { openStore, useStore } from '../store.ts'

/** Where in the console somebody is. */
export type Route =
  | { readonly at: 'INBOX'; readonly conversationId: string | null }
  | { readonly at: 'FUSES'; readonly trip: string | null }
  | { readonly at: 'NOWHERE' }

const decode = (part: string): string | null => {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}

/** A path that is none of ours is nowhere; so is one that can't be read. */
export const routeOf = (path: string): Route => {
  const [first = '', second, ...rest] = path.split('/').filter((part) => part !== '').map(decode)
  if (rest.length > 0 || second === null) return { at: 'NOWHERE' }
  if (first === '' || first === 'inbox') return { at: 'INBOX', conversationId: second ?? null }
  if (first === 'fuses') return { at: 'FUSES', trip: second ?? null }
  return { at: 'NOWHERE' }
}

export const pathOf = (route: Route): string => {
  switch (route.at) {
    case 'INBOX': return route.conversationId === null ? '/inbox' : `/inbox/${encodeURIComponent(route.conversationId)}`
    case 'FUSES': return route.trip === null ? '/fuses' : `/fuses/${encodeURIComponent(route.trip)}`
    case 'NOWHERE': return '/'
  }
}

const route = openStore(routeOf(location.pathname))
window.addEventListener('popstate', () => route.set(() => routeOf(location.pathname)))

export const useRoute = (): Route => useStore(route, (one) => one)

export const go = (to: Route) => {
  const path = pathOf(to)
  if (path !== location.pathname) history.pushState(null, '', path)
  route.set(() => to)
}
