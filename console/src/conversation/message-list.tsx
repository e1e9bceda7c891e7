import { useVirtualizer } from '@tanstack/react-virtual'
import type { ReactVirtualizer, VirtualItem } from '@tanstack/react-virtual'
import { useCallback, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { useLanguage } from '../words/language.ts'
import { useWords } from '../words/words.ts'
import styles from './message-list.module.css'
import { MessageRow } from './message-row.tsx'
import type { Row } from './rows.ts'

type ListProps = {
  readonly id: string
  readonly rows: readonly Row[]
  readonly me: string
  readonly readTo: number
  readonly search: string
  /** The row that was found, to be seen. */
  readonly found: string | null
  readonly hasEarlier: boolean
  readonly loadEarlier: () => Promise<void>
  readonly onRetry: (clientMessageId: string) => void
  readonly onDiscard: (clientMessageId: string) => void
  /** The newest is on the screen, before somebody's eyes. */
  readonly onSeen: () => void
}

type List = ReactVirtualizer<HTMLDivElement, HTMLDivElement>
type Place = { readonly offset: number; readonly sizes: VirtualItem[] }

/** Where each conversation was left: it is there again when it is entered again. */
const places = new Map<string, Place>()

const nearEnd = 24
const nearStart = 400

const useList = (rows: readonly Row[], scroller: RefObject<HTMLDivElement | null>, place: Place | undefined): List =>
  useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: useCallback((i: number) => rows[i]?.key ?? i, [rows]),
    estimateSize: () => 56,
    overscan: 8,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearEnd,
    directDomUpdates: true,
    ...(place ? { initialOffset: place.offset, initialMeasurementsCache: place.sizes } : {}),
  })

/** What was at the end stays there when the composer grows; what was not is found again where it was left. */
const usePlace = (id: string, list: List, scroller: RefObject<HTMLDivElement | null>, isPinned: RefObject<boolean>) => {
  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const observer = new ResizeObserver(() => {
      if (isPinned.current) list.scrollToEnd()
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [list, scroller, isPinned])
  useLayoutEffect(() => {
    if (isPinned.current) list.scrollToEnd()
    return () => {
      if (isPinned.current) places.delete(id)
      else places.set(id, { offset: list.scrollOffset ?? 0, sizes: list.takeSnapshot() })
    }
  }, [id, list, isPinned])
}

const useSeen = (isAtEnd: boolean, count: number, onSeen: () => void) => {
  useEffect(() => {
    if (!isAtEnd) return
    const look = () => {
      if (document.visibilityState === 'visible') onSeen()
    }
    look()
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [isAtEnd, count, onSeen])
}

/** What was found is brought before one's eyes. */
const useFound = (list: List, rows: readonly Row[], found: string | null) => {
  const show = useEffectEvent((key: string) => {
    const index = rows.findIndex((row) => row.key === key)
    if (index !== -1) list.scrollToIndex(index, { align: 'center' })
  })
  useEffect(() => {
    if (found !== null) show(found)
  }, [found])
}

/** As the start comes near, and where what is here is too short to be scrolled. Gives what looks whether it is so. */
const useEarlier = (rows: readonly Row[], scroller: RefObject<HTMLDivElement | null>, { hasEarlier, loadEarlier }: Pick<ListProps, 'hasEarlier' | 'loadEarlier'>) => {
  const look = useCallback(() => {
    if (hasEarlier && (scroller.current?.scrollTop ?? Infinity) < nearStart) void loadEarlier()
  }, [scroller, hasEarlier, loadEarlier])
  useEffect(look, [look, rows])
  return look
}

export const MessageList = ({ id, rows, me, readTo, search, found, hasEarlier, loadEarlier, onRetry, onDiscard, onSeen }: ListProps) => {
  const scroller = useRef<HTMLDivElement>(null)
  const words = useWords()
  const language = useLanguage()
  const [place] = useState(() => places.get(id))
  const [isAtEnd, setAtEnd] = useState(place === undefined)
  const [seen, setSeen] = useState(rows.length)
  const isPinned = useRef(place === undefined)
  const list = useList(rows, scroller, place)
  usePlace(id, list, scroller, isPinned)
  const lookForEarlier = useEarlier(rows, scroller, { hasEarlier, loadEarlier })
  useSeen(isAtEnd, rows.length, onSeen)
  useFound(list, rows, found)
  if (isAtEnd && seen !== rows.length) setSeen(rows.length)
  const onScroll = () => {
    const atEnd = list.isAtEnd(nearEnd)
    isPinned.current = atEnd
    setAtEnd(atEnd)
    lookForEarlier()
  }
  return (
    <div className={styles.frame}>
      <div ref={scroller} className={styles.scroller} tabIndex={0} role="log" aria-label={words.chat.messages} onScroll={onScroll}>
        <div ref={list.containerRef} className={styles.container}>
          {list.getVirtualItems().map(({ index, key }) => {
            const row = rows[index]
            return row && (
              <div key={key} ref={list.measureElement} data-index={index} data-found={row.key === found} className={styles.item}>
                <MessageRow {...{ row, me, readTo, search, words, language, onRetry, onDiscard }} />
              </div>
            )
          })}
        </div>
      </div>
      {!isAtEnd && <button type="button" className={styles.jump} onClick={() => list.scrollToEnd()}>↓ {words.chat.jump(Math.max(0, rows.length - seen))}</button>}
    </div>
  )
}
