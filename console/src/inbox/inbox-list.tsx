import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useKeys } from '../app/keys.ts'
import { go } from '../app/route.ts'
import { useConsole } from '../console.ts'
import { useNow } from '../kit/clock.ts'
import { useStore } from '../store.ts'
import { useLanguage } from '../words/language.ts'
import { useWords } from '../words/words.ts'
import { extentOf } from './desk.ts'
import type { InboxDesk } from './desk.ts'
import { emptyInbox, heldOrder, listRows } from './inbox.ts'
import type { View } from './inbox.ts'
import styles from './inbox-list.module.css'
import { InboxRowView } from './inbox-row.tsx'
import { take } from './taking.ts'

const rowPx = 68
const nearEndRows = 20

/** In the order of the list; under the pointer nothing moves. */
const useRows = (desk: InboxDesk, view: View, me: string) => {
  const inbox = useStore(desk.inbox, (one) => one)
  const rows = useMemo(() => listRows({ ...emptyInbox, rows: inbox.rows }, view, me), [inbox.rows, view, me])
  const [held, setHeld] = useState<readonly string[] | null>(null)
  const shown = useMemo(() => (held === null ? rows : heldOrder(rows, held)), [rows, held])
  return { rows: shown, hold: () => setHeld(shown.map(({ conversation }) => conversation.id)), release: () => setHeld(null) }
}

type ListProps = { readonly desk: InboxDesk; readonly view: View; readonly openId: string | null }

/** One list of the inbox: as long as it may be, with rows of one height. */
export const InboxList = ({ desk, view, openId }: ListProps) => {
  const hub = useConsole()
  const words = useWords()
  const language = useLanguage()
  const now = useNow()
  const drafts = useStore(hub.drafts.all, (all) => all)
  const extent = useStore(desk.extents, (all) => extentOf(all, view))
  const { rows, hold, release } = useRows(desk, view, hub.me.id)
  const [at, setAt] = useState(0)
  const scroller = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowPx, overscan: 6, directDomUpdates: true,
    getItemKey: useCallback((i: number) => rows[i]?.conversation.id ?? i, [rows]),
  })
  useEffect(() => desk.open(view), [desk, view])
  const last = list.getVirtualItems().at(-1)?.index ?? 0
  useEffect(() => {
    if (last > rows.length - nearEndRows && !extent.isFailed) desk.loadMore(view)
  }, [desk, view, last, rows.length, extent])

  const open = useCallback((id: string) => go({ at: 'INBOX', conversationId: id }), [])
  const move = useCallback((by: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at + by))
    setAt(next)
    list.scrollToIndex(next)
  }, [rows.length, at, list])
  useKeys(useMemo(() => ({
    j: () => move(1),
    k: () => move(-1),
    o: () => { const row = rows[at]; if (row) open(row.conversation.id) },
    Enter: () => { const row = rows[at]; if (row) open(row.conversation.id) },
  }), [move, open, rows, at]))

  return (
    <div ref={scroller} className={styles.scroller} tabIndex={0} role="region" aria-label={words.inbox.list} onPointerEnter={hold} onPointerLeave={release}>
      {rows.length === 0 && <p className={styles.empty}>{extent.isLoading ? words.frame.loading : extent.isFailed ? words.inbox.failed : words.inbox.empty[view.name]}
        {extent.isFailed && <button type="button" onClick={() => desk.loadMore(view)}>{words.frame.again}</button>}</p>}
      <ul ref={list.containerRef} className={styles.list}>
        {list.getVirtualItems().map(({ index, key }) => {
          const row = rows[index]
          return row && (
            <li key={key} ref={list.measureElement} data-index={index} className={styles.item}>
              <InboxRowView
                row={row} isOpen={row.conversation.id === openId} isAt={index === at} waitedMs={Math.max(0, now - Date.parse(row.conversation.openedAt))}
                draft={drafts.get(row.conversation.id)?.text ?? ''} {...{ words, language }} onOpen={open} onTake={(id) => void take(hub, id)}
              />
            </li>
          )
        })}
      </ul>
    </div>
  )
}
