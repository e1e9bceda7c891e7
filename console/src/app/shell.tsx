import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { useConsole } from '../console.ts'
import { followWorst } from '../fuses/favicon.ts'
import { Mark } from '../fuses/mark.tsx'
import { Notices } from '../guide/notices-list.tsx'
import { InboxView } from '../inbox/inbox-view.tsx'
import { isFocusLost } from '../kit/focus-back.ts'
import { useStore } from '../store.ts'
import { useWords } from '../words/words.ts'
import { Availability } from './availability.tsx'
import { Banner } from './banner.tsx'
import { Choices } from './choices.tsx'
import { useKeys } from './keys.ts'
import { Palette } from './palette.tsx'
import { go, useRoute } from './route.ts'
import type { Route } from './route.ts'
import styles from './shell.module.css'
import { Shortcuts } from './shortcuts.tsx'

const FuseBoard = lazy(() => import('../fuses/fuse-board.tsx'))

const View = ({ route }: { readonly route: Route }) => {
  const { desk } = useConsole()
  const { frame } = useWords()
  switch (route.at) {
    case 'FUSES': return <Suspense fallback={<p className={styles.nothing}>{frame.loading}</p>}><FuseBoard /></Suspense>
    case 'INBOX': return desk ? <InboxView desk={desk} conversationId={route.conversationId} /> : <p className={styles.nothing}>{frame.noInbox}</p>
    case 'NOWHERE': return <p className={styles.nothing}>{frame.notFound}</p>
  }
}

/** Whoever goes on by keyboard is where the new content begins, and not at the top of the page. */
const useFocusOnArrival = (route: Route) => {
  const before = useRef(route)
  useEffect(() => {
    if (before.current === route) return
    before.current = route
    if (isFocusLost()) document.getElementById('content')?.focus({ preventScroll: true })
  }, [route])
}

/** How many want something, in the tab's title. */
const useTitle = () => {
  const { desk } = useConsole()
  const { frame } = useWords()
  useEffect(() => {
    const show = () => {
      const counts = desk?.inbox.get().counts
      const wanted = (counts?.offered ?? 0) + (counts?.unread ?? 0)
      document.title = wanted === 0 ? frame.name : `(${wanted}) ${frame.name}`
    }
    show()
    return desk?.inbox.subscribe(show)
  }, [desk, frame])
}

export const Shell = ({ onSignOut }: { readonly onSignOut: () => void }) => {
  const route = useRoute()
  const { me, desk, fuses } = useConsole()
  const { frame } = useWords()
  const [isHelping, setHelping] = useState(false)
  const openFuses = useStore(fuses, (all) => [...all.values()].filter(({ state }) => state !== 'CLOSED').length)
  useTitle()
  useFocusOnArrival(route)
  useEffect(() => followWorst(fuses), [fuses])
  useKeys({
    '?': () => setHelping(true),
    'g i': () => go({ at: 'INBOX', conversationId: null }),
    'g m': () => { desk?.show('mine'); go({ at: 'INBOX', conversationId: null }) },
    'g f': () => go({ at: 'FUSES', trip: null }),
  })
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">{frame.skip}</a>
      <header className={styles.rail}>
        <Mark size={30} />
        <nav className={styles.links} aria-label={frame.name}>
          {desk && <button type="button" aria-current={route.at === 'INBOX' ? 'page' : undefined} onClick={() => go({ at: 'INBOX', conversationId: null })}>{frame.inbox}</button>}
          <button type="button" aria-current={route.at === 'FUSES' ? 'page' : undefined} onClick={() => go({ at: 'FUSES', trip: null })}>
            {frame.fuses}{openFuses > 0 && <b>× {openFuses}</b>}
          </button>
        </nav>
        {desk && <Availability />}
        <span className={styles.me}>{me.displayName}</span>
        <Choices />
        <button type="button" className={styles.quiet} onClick={() => setHelping(true)} aria-label={frame.shortcuts} title={frame.shortcuts}>?</button>
        <button type="button" className={styles.quiet} onClick={onSignOut}>{frame.signOut}</button>
      </header>
      <Banner />
      <Notices onOpen={(id) => go({ at: 'INBOX', conversationId: id })} />
      <main id="content" className={styles.content} tabIndex={-1}><View route={route} /></main>
      <Palette onHelp={() => setHelping(true)} onSignOut={onSignOut} />
      {isHelping && <Shortcuts onClose={() => setHelping(false)} />}
    </div>
  )
}
